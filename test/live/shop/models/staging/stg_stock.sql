-- depends_on: {{ ref('raw_stock') }}
select sku, pieces from {{ source('warehouse', 'raw_stock') }}
