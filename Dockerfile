# Builds with everything, runs with what the server needs, as an ordinary user.
FROM node:24-slim AS build
WORKDIR /huizhen
COPY package.json package-lock.json ./
RUN npm install --no-save --ignore-scripts --no-audit --no-fund
COPY . .
RUN rm -rf dist && node src/bootstrap.mjs build \
  && npm prune --omit=dev --no-save --ignore-scripts --no-audit --no-fund \
  && rm -rf dist/test

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 HUIZHEN_DATA_DIR=/var/lib/huizhen
WORKDIR /huizhen
COPY --from=build /huizhen/package.json ./
COPY --from=build /huizhen/node_modules node_modules
COPY --from=build /huizhen/dist dist
COPY --from=build /huizhen/migrations migrations
COPY --from=build /huizhen/fhir-profiles fhir-profiles
# node_modules cannot be written to at run time: make PostgreSQL's library links here.
RUN node --input-type=module -e "const { findBinaries } = await import('/huizhen/dist/src/db/embedded-binaries.js'); await findBinaries(undefined, '/tmp')" \
  && install -d -o node -g node -m 0700 /var/lib/huizhen
USER node
VOLUME /var/lib/huizhen
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
