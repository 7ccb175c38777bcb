"""The small trained encoders that read attributions and stances: their input, and running them."""

import os

# ONNX Runtime would keep an id of this machine and report each session to its makers; it looks at
# these when it is imported, and at one or the other by its version.
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["ORT_TELEMETRY_DISABLED"] = "1"
