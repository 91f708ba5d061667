"""AWS's own API models as judges: every request that a proxy sees is held against them, and one fault fails its test.

The models are those that botocore brings, published by AWS: https://github.com/boto/botocore/tree/develop/botocore/data
What they leave out and a page of AWS says stands in `harness/limits.json`.

* ``decoding``  what a request asks for, out of the protocols that the services speak
* ``rest``      the same for services whose actions are methods and paths
* ``checking``  holds that against the shape of the action's input
* ``limits``    the documented limits that no model has
* ``judge``     takes requests down, judges them when there is time, counts
"""
