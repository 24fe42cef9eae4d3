"""What TensorBoard's own reader finds in the event file beside this script: scalars.json.

The file is what tensorBoardEvents makes of the run in test/report/record.ts; to make it again:
ONNX_FINETUNE_GOLDEN=write npx vitest run test/report/tensorboard.test.ts

pip install tensorboard==2.21.0
"""
import json
import pathlib

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

here = pathlib.Path(__file__).parent
reader = EventAccumulator(str(here), size_guidance={"scalars": 0}).Reload()
scalars = {
    tag: [[event.wall_time, event.step, event.value] for event in reader.Scalars(tag)]
    for tag in sorted(reader.Tags()["scalars"])
}
lines = ",\n".join(f" {json.dumps(tag)}: {json.dumps(events)}" for tag, events in scalars.items())
(here / "scalars.json").write_text(f"{{\n{lines}\n}}\n")
