"""A stand-in ``pulumi-resource-aws`` for the stack `local`: the types this project uses, through boto3, on loopback.

It keeps the official provider's types, property names and behaviour at preview, and refuses whatever it does not carry.
It never talks to an endpoint outside this machine; stacks on AWS accounts run the official provider.
"""
