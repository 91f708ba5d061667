"""moto, made as strict as AWS: what AWS refuses is refused here too.

moto answers many calls that AWS would turn down: it deletes what is still in use, ignores client tokens, never pages
and has no quotas. A teardown in the wrong order would pass every test and fail in a user's account. The modules here
replace single methods of moto's backends, one module a subject:

* ``gate``          every EC2 call: dry runs, client tokens, tag specifications, filters, pages
* ``networks``      VPCs and subnets      * ``route_tables``  route tables and their associations
* ``access_lists``  network ACLs          * ``groups``        security groups and their rules
* ``endpoints``     VPC endpoints         * ``flow_logs``     flow logs
* ``options``       placement groups, EC2 Instance Connect Endpoints
* ``firewall``      Route 53 Resolver DNS Firewall
* ``simulation``    IAM's policy simulator  * ``service_quotas``  Service Quotas
* ``identity``      IAM                   * ``parameters``    SSM       * ``tables``  DynamoDB
* ``tags``          DescribeTags
* ``log_groups``    keys of log groups    * ``events``    EventBridge
* ``history``       reads that lag behind writes
* ``lateness``      fresh IDs that do not show yet, deleted VPCs that still do
* ``refusals``      requests that AWS's API models do not admit
* ``speed``         what makes moto slow without need

``server`` puts them over moto and serves the result; ``settings`` are what a test may turn.
These modules are imported by the emulator's own process only: a test never sees a patched moto.
"""
