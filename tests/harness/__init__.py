"""What the tests and the demo stand on: an AWS to talk to, and a Lambda to be run by.

From the function outwards:

* ``function``  starts the real binary and can kill it;
* ``runtime``   is the Lambda Runtime API that the binary polls;
* ``proxy``     stands between the binary and AWS: it counts, delays and breaks calls;
* ``emulator``  starts moto with the layer ``strict`` over it, which refuses what AWS refuses;
* ``account``   reads from the emulator what there really is, past the proxy and the function.

And ``cloud`` deploys the template and has AWS's own ways call the function.

Nothing here knows how Ringfence works inside. Every server binds to 127.0.0.1 on a free port.
"""
