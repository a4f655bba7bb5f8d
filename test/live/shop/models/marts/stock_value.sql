select sum(pieces) as pieces from {{ ref('stg_stock') }}
