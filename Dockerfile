# One image for every process of Regulars; compose.yaml says which container runs which.
FROM python:3.13-slim
RUN useradd --system --home-dir /var/lib/regulars --create-home regulars \
    && chmod 700 /var/lib/regulars
WORKDIR /opt/regulars
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
ENV REGULARS_DATA=/var/lib/regulars PYTHONUNBUFFERED=1
USER regulars
VOLUME /var/lib/regulars
EXPOSE 8000
# The embedded installation, in one container: SQLite and a bundled queue server.
CMD ["python", "-m", "cli.main", "start", "--host", "0.0.0.0"]
