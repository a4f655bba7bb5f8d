# Serves MCP over HTTP, and is the command line: docs/packaging.md says how to build and run it, and how to set keys.

FROM node:22-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci
COPY scripts/build.mjs ./scripts/
COPY src ./src
COPY tools ./tools
RUN npm run build && rm -rf dist/scripts

# What is not in the bundle of dist/: the native library of DuckDB, for the platform of the image.
FROM node:22-slim AS modules
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:22-slim
ENV NODE_ENV=production RUNLENS_STORE=/data
WORKDIR /app
COPY --from=modules /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY package.json LICENSE ./
COPY demo/runlens.yml ./demo/
COPY demo/artifacts ./demo/artifacts
# The store. All else may be mounted read-only, but for /tmp.
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
# By number, so that a cluster can see that it is not root.
USER 1000:1000
EXPOSE 3333
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3333/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/runlens.js"]
CMD ["serve", "--host", "0.0.0.0", "--port", "3333"]
