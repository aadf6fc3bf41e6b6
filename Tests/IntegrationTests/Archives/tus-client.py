"""Sends a file by tus, with tuspy: tus-client.py ADDRESS TOKEN DATASET FILE CHUNK STOP_AFTER [UPLOAD_URL].

Prints the upload's address. STOP_AFTER: how many chunks are sent before it gives up, 0: all."""

import sys
from tusclient import client

address, token, dataset, path, chunk, stop_after = sys.argv[1:7]
session = client.TusClient(f"{address}/api/v1/uploads", headers={"Authorization": f"Bearer {token}"})
uploader = session.uploader(
    path,
    chunk_size=int(chunk),
    metadata={"filename": path.rsplit("/", 1)[-1], "dataset": dataset, "message": "by tuspy \u00fc"},
    url=sys.argv[7] if len(sys.argv) > 7 else None,
)
sent = 0
while uploader.offset < uploader.get_file_size():
    uploader.upload_chunk()
    sent += 1
    if sent == int(stop_after):
        break
print(uploader.url, uploader.offset)
