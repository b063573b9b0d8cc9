# A container with Planish and what it needs, from the package that `make package` leaves in build/package:
#   make package && docker build -t planish . && docker run --rm -v "$PWD:/work" -w /work planish quantize ./model q4_k_m
FROM debian:bookworm-slim
COPY build/package/planish_*.deb /tmp/
RUN apt-get update \
  && apt-get install -y --no-install-recommends /tmp/planish_*.deb \
  && rm -rf /var/lib/apt/lists/* /tmp/planish_*.deb
ENTRYPOINT ["planish"]
