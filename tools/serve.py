"""Ringfence kept up, for a person to try things on: `make console`.

What `make demo` deploys, on the loopback alone, until Ctrl-C. Prints where everything is, and then each resource that
is made or removed.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Until there is something to clean up: end, and say nothing.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from console import LABEL_WIDTH, Console
from harness.cloud.cloud import Cloud
from harness.emulator import CREDENTIALS, REGION
from witness import Witness

EVENT = """aws events put-events --entries '[{"EventBusName": "%s", "Source": "me",
      "DetailType": "Training Environment Request",
      "Detail": "{\\"action\\": \\"create\\", \\"environment\\": \\"first-try\\"}"}]'"""


def tell(console: Console, cloud: Cloud) -> None:
    """Where everything is. Nothing is cut at the edge of the terminal: it is meant to be copied."""
    console.chapter("Where it is", "on this machine alone")
    outputs = cloud.outputs
    addresses = {
        "page": f"{outputs['ApiUrl']}/",
        "API": f"{outputs['ApiUrl']}/environments",
        "token, for the page and the API": cloud.tokens.token,
        "bus": outputs["EventBusName"],
        "function": outputs["FunctionName"],
        "table": outputs["TableName"],
        "queue": outputs["RequestsUrl"],
        "state machine": outputs["EnvironmentMachineArn"],
        "state machine of fleets": outputs["FleetMachineArn"],
        "log of the function": f"aws logs tail --follow {outputs['LogGroupName']} --endpoint-url {cloud.ministack.url}",
    }
    for label, text in addresses.items():
        console.line(f"  {label:<{LABEL_WIDTH}}  {text}")
    console.chapter("To reach it with the AWS CLI", "another terminal")
    variables = {
        **{name.upper(): value for name, value in CREDENTIALS.items()},
        "AWS_DEFAULT_REGION": REGION,
        **cloud.endpoints,
    }
    for name, value in variables.items():
        console.line(f"  export {name}={value}")
    console.line(f"  {EVENT % outputs['EventBusName']}")
    console.chapter("What happens now", "Ctrl-C ends it")


def main() -> int:
    """Keeps it up until a signal comes, and leaves nothing behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    console = Console()
    console.line("Ringfence on an emulated AWS. Nothing leaves this machine, no account is needed.")
    try:
        with Cloud() as cloud:
            try:
                tell(console, cloud)
                witness = Witness(console)
                for proxy in cloud.proxies:
                    proxy.on_call(witness.saw)
                signal.pause()
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Cleaning up takes a moment; let it.
    except KeyboardInterrupt:
        console.line("\nEverything that was started is gone.")
    except (FileNotFoundError, RuntimeError, TimeoutError) as error:
        console.verdict(False, str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
