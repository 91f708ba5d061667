"""`template.yaml` itself, deployed and at work on this machine.

ministack, another emulator than the one that most tests talk to, takes the template as CloudFormation does, and has
rules, queues, schedules, the HTTP API and state machines call the function. What Ringfence builds is made in moto with
the layer `strict` over it, for there ministack is loose: it knows no overlaps and nothing that is in use.

* ``server``      the process of ministack, with the Python of `.venv-stack`
* ``process``     starts and ends it
* ``deployment``  packages, deploys and removes the template
* ``tokens``      who may use the HTTP API: a user pool, a user, a token
* ``permissions`` which permissions a call takes, by AWS's own list of them
* ``judge``       whether policies give a permission, as ministack judges it; a process of its own
* ``checkpoint``  refuses what the role of the function does not admit, where ministack does not serve the call itself
* ``cloud``       all of it together, with two proxies that see every call of the function
"""
