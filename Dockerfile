# The image is one bundled file on a distroless Node. Both bases are arguments, so that it builds where their registries
# are out of reach (scripts/build-image --offline makes them from this machine's Node).
#
# A private npm registry, or one behind a certificate authority of your own, is handed over for the build alone:
#   docker build --secret id=npmrc,src=$HOME/.npmrc --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt .
ARG BUILD_IMAGE=docker.io/library/node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No scripts of dependencies run: the bundler's binary comes as a package, and Node is here already.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=ca,target=/run/secrets/ca.pem \
    if [ -s /run/secrets/ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem; fi; \
    npm ci --ignore-scripts --no-audit --no-fund
COPY schema schema
COPY scripts/build.ts scripts/build.ts
COPY src src
RUN node scripts/build.ts

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0-unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="netverdict" \
      org.opencontainers.image.description="Proves that Kubernetes NetworkPolicies do what was meant" \
      org.opencontainers.image.source="https://github.com/netverdict/netverdict" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY LICENSE /licenses/netverdict
COPY --from=build /src/dist/netverdict.cjs /app/netverdict.cjs
# Nothing is written, not even Node's cache of compiled code: the root file system may be read-only.
ENV NODE_DISABLE_COMPILE_CACHE=1 NODE_ENV=production
# By number: the kubelet can't tell whether a user with a name is root.
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/nodejs/bin/node", "/app/netverdict.cjs"]
CMD ["--help"]
