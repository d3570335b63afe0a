from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import ACCOUNT, UNKNOWN, Declared, queue
from tests.policies.cases import Case, check, table
from tests.policies.documents import APP_ROLE, document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer


def key(**inputs: Any) -> list[Declared]:
    return [Declared("aws:kms/key:Key", "key", inputs)]


@table(
    [
        Case("missing", key(), violations=["key"]),
        Case("off", key(enableKeyRotation=False), violations=["key"]),
        Case("on", key(enableKeyRotation=True)),
        Case("not known", key(enableKeyRotation=UNKNOWN), undecided=["key"]),
        Case("what kind of key is not known", key(customerMasterKeySpec=UNKNOWN), undecided=["key"]),
        Case("on, whatever kind it is", key(customerMasterKeySpec=UNKNOWN, enableKeyRotation=True)),
        Case("keys in a custom key store can't be rotated", key(customKeyStoreId="cks-1")),
        Case("asymmetric keys can't be rotated", key(customerMasterKeySpec="RSA_2048")),
        Case("no key", [queue("orders")]),
    ]
)
def test_rotation(pack: Analyzer, case: Case) -> None:
    check(pack, "kms-rotation", case)


def with_policy(principal: Any, **more: Any) -> list[Declared]:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    use = {"Effect": "Allow", "Principal": principal, "Action": ["kms:Decrypt"], "Resource": "*", **more}
    return key(policy=document(root, use))


CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
OWN_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@table(
    [
        Case("everybody", with_policy("*"), violations=["key"], says="kms:Decrypt"),
        Case("every AWS account", with_policy({"AWS": "*"}), violations=["key"]),
        Case("everybody may sign", with_policy("*", Action="kms:Sign"), violations=["key"], says="kms:Sign"),
        Case(
            "everybody, by a key of another region",
            [Declared("aws:kms/replicaKey:ReplicaKey", "replica", with_policy("*")[0].inputs)],
            violations=["replica"],
        ),
        Case(
            "everybody through a service",
            with_policy("*", Condition={"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}),
            violations=["key"],
        ),
        Case("everybody of the account", with_policy("*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})),
        Case("a role", with_policy({"AWS": APP_ROLE})),
        Case("a service for anybody", with_policy(CLOUDWATCH), violations=["key"], says="somebody else's resource"),
        Case("a service for the account", with_policy(CLOUDWATCH, Condition=OWN_ACCOUNT)),
        Case("no policy is the default one", key(enableKeyRotation=True)),
        Case("not known", key(policy=UNKNOWN), undecided=["key"]),
        Case("malformed", key(policy="[]"), violations=["key"]),
        Case(
            "in a resource of its own",
            [
                *key(),
                Declared(
                    "aws:kms/keyPolicy:KeyPolicy",
                    "open",
                    {
                        "keyId": UNKNOWN,
                        "policy": document({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}),
                    },
                    {"keyId": ["key"]},
                ),
            ],
            violations=["open"],
        ),
    ]
)
def test_no_public_key_policy(pack: Analyzer, case: Case) -> None:
    check(pack, "kms-no-public-key-policy", case)
