# The image of Ray's nodes: what `precept python setup` installs, and Ray. Our own code comes with each job. From the repository:
#   docker build -f deploy/kubernetes/train.Dockerfile -t REGISTRY/precept-train .
FROM rayproject/ray:2.60.0-py312
COPY python/requirements-train.txt /tmp/requirements-train.txt
RUN pip install --no-cache-dir "ray[default,train]==2.60.0" -r /tmp/requirements-train.txt
