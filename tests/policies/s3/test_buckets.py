from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, queue
from tests.policies.cases import Case, check, table
from tests.policies.documents import PLAIN_HTTP, document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

UPLOADS, OBJECTS = "arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*"
SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ON_BUCKET = {"bucket": ["uploads"]}


def bucket(**inputs: Any) -> Declared:
    return Declared("aws:s3/bucket:Bucket", "uploads", {"bucket": "uploads", **inputs})


def on_bucket(kind: str, **inputs: Any) -> Declared:
    """A part of a new bucket, whose id is not known yet."""
    token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
    return Declared(token, "part", {"bucket": UNKNOWN, **inputs}, ON_BUCKET)


def account_block(one_switch: Any) -> Declared:
    inputs = {**dict.fromkeys(SWITCHES, True), "blockPublicPolicy": one_switch}
    return Declared("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "all", inputs)


def block(**changes: Any) -> Declared:
    return on_bucket("BucketPublicAccessBlock", **{**dict.fromkeys(SWITCHES, True), **changes})


@table(
    [
        Case("no block", [bucket()], violations=["uploads"]),
        Case("a block", [bucket(), block()]),
        Case("one switch off", [bucket(), block(ignorePublicAcls=False)], violations=["part"], says="ignorePublicAcls"),
        Case("one switch not known", [bucket(), block(blockPublicPolicy=UNKNOWN)], undecided=["part"]),
        Case("the account's block", [bucket(), account_block(True)]),
        Case("the account's block with a switch not known", [bucket(), account_block(UNKNOWN)], undecided=["uploads"]),
        Case("the account's block with a switch off", [bucket(), account_block(False)], violations=["uploads"]),
        Case("no bucket", [queue("orders")]),
    ]
)
def test_public_access_blocked(pack: Analyzer, case: Case) -> None:
    check(pack, "s3-public-access-blocked", case)


def policy(**changes: Any) -> Declared:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [UPLOADS, OBJECTS],
        "Condition": PLAIN_HTTP,
    }
    return on_bucket("BucketPolicy", policy=document({**deny, **changes}))


@table(
    [
        Case("no policy", [bucket()], violations=["uploads"]),
        Case("denied", [bucket(), policy()]),
        Case("the bucket alone", [bucket(), policy(Resource=UPLOADS)], violations=["part"]),
        Case("the objects alone", [bucket(), policy(Resource=OBJECTS)], violations=["part"]),
        Case("some objects", [bucket(), policy(Resource=[UPLOADS, f"{UPLOADS}/in/*"])], violations=["part"]),
        Case("objects in folders", [bucket(), policy(Resource=[UPLOADS, f"{UPLOADS}/*/*"])], violations=["part"]),
        Case("objects that begin alike", [bucket(), policy(Resource=[UPLOADS, f"{UPLOADS}/a*"])], violations=["part"]),
        Case("reading alone", [bucket(), policy(Action="s3:Get*")], violations=["part"]),
        Case(
            "a second condition",
            [bucket(), policy(Condition={**PLAIN_HTTP, "StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
            violations=["part"],
        ),
        Case(
            "what most requests are",
            [
                bucket(),
                policy(Action=["s3:Get*", "s3:PutObject", "s3:PutBucket*", "s3:DeleteObject*", "s3:ListBucket*"]),
            ],
            violations=["part"],
            says="is not denied",
        ),
        Case("in China", [bucket(), policy(Resource=["arn:aws-cn:s3:::uploads", "arn:aws-cn:s3:::uploads/*"])]),
        Case("not known", [bucket(), on_bucket("BucketPolicy", policy=UNKNOWN)], undecided=["part"]),
        Case("malformed", [bucket(), on_bucket("BucketPolicy", policy="no")], violations=["part"]),
        Case("no bucket", [queue("orders")]),
    ]
)
def test_https_only(pack: Analyzer, case: Case) -> None:
    check(pack, "s3-https-only", case)


def encryption(rules: Any) -> Declared:
    return on_bucket("BucketServerSideEncryptionConfiguration", rules=rules)


def by_default(algorithm: Any) -> list[dict[str, Any]]:
    return [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]


@table(
    [
        Case("nothing said", [bucket()], violations=["uploads"]),
        Case("SSE-S3", [bucket(), encryption(by_default("AES256"))]),
        Case("inline", [bucket(serverSideEncryptionConfiguration={"rule": by_default("AES256")[0]})]),
        Case(
            "inline without an algorithm",
            [bucket(serverSideEncryptionConfiguration={"rule": {"bucketKeyEnabled": True}})],
            violations=["uploads"],
        ),
        Case("inline, not known", [bucket(serverSideEncryptionConfiguration=UNKNOWN)], undecided=["uploads"]),
        Case("no rule", [bucket(), encryption([])], violations=["part"]),
        Case("a rule without an algorithm", [bucket(), encryption([{"bucketKeyEnabled": True}])], violations=["part"]),
        Case("not known", [bucket(), encryption(by_default(UNKNOWN))], undecided=["part"]),
        Case("no bucket", [queue("orders")]),
    ]
)
def test_encrypted(pack: Analyzer, case: Case) -> None:
    check(pack, "s3-encrypted", case)


ROLE = Declared("aws:iam/role:Role", "role", {"name": "role"})
FUNCTION = Declared("aws:lambda/function:Function", "parser", {"name": "parser", "role": UNKNOWN}, {"role": ["role"]})


def notification(**changes: Any) -> Declared:
    entry = {"lambdaFunctionArn": UNKNOWN, "events": ["s3:ObjectCreated:*"], "filterPrefix": "uploads/", **changes}
    depends = {"bucket": ["uploads"], "lambdaFunctions": ["parser"]}
    return Declared(
        "aws:s3/bucketNotification:BucketNotification",
        "notify",
        {"bucket": UNKNOWN, "lambdaFunctions": [entry]},
        depends,
    )


def may_write(resource: Any, action: str = "s3:PutObject") -> list[Declared]:
    text = document({"Effect": "Allow", "Action": action, "Resource": resource})
    given = text if resource is not UNKNOWN else UNKNOWN
    inputs = {"role": UNKNOWN, "policy": given}
    return [bucket(), ROLE, FUNCTION, Declared("aws:iam/rolePolicy:RolePolicy", "rights", inputs, {"role": ["role"]})]


PUT = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": OBJECTS}
NOT_BELOW_UPLOADS = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"{UPLOADS}/uploads/*"}
MANAGED = Declared("aws:iam/policy:Policy", "managed", {"policy": document(PUT)})


def with_rights(*statements: dict[str, Any]) -> list[Declared]:
    inputs = {"role": UNKNOWN, "policy": document(*statements)}
    return [bucket(), ROLE, FUNCTION, Declared("aws:iam/rolePolicy:RolePolicy", "rights", inputs, {"role": ["role"]})]


def attached(kind: str, pointer: str, role: Any) -> list[Declared]:
    token = f"aws:iam/{kind[0].lower()}{kind[1:]}:{kind}"
    depends = {"policyArn": ["managed"], pointer: ["role"]}
    attachment = Declared(token, "attachment", {pointer: role, "policyArn": UNKNOWN}, depends)
    return [bucket(), ROLE, FUNCTION, MANAGED, attachment]


def through_queue(prefix: str) -> list[Declared]:
    """New objects are notified to a queue, and the function takes them from there."""
    entry = {"queueArn": UNKNOWN, "events": ["s3:ObjectCreated:*"], "filterPrefix": prefix}
    source = {"eventSourceArn": UNKNOWN, "functionName": "parser"}
    return [
        queue("news"),
        Declared("aws:lambda/eventSourceMapping:EventSourceMapping", "m", source, {"eventSourceArn": ["news"]}),
        Declared(
            "aws:s3/bucketNotification:BucketNotification",
            "notify",
            {"bucket": UNKNOWN, "queues": [entry]},
            {"bucket": ["uploads"], "queues": ["news"]},
        ),
    ]


@table(
    [
        Case(
            "writes what invokes it",
            [*may_write(OBJECTS), notification()],
            violations=["notify"],
            says="invokes it again",
        ),
        Case("the same prefix", [*may_write(f"{UPLOADS}/uploads/done/*"), notification()], violations=["notify"]),
        Case("no prefix", [*may_write(f"{UPLOADS}/rejects/*"), notification(filterPrefix="")], violations=["notify"]),
        Case("by a wide action", [*may_write(OBJECTS, "s3:Put*"), notification()], violations=["notify"]),
        Case("another prefix", [*may_write(f"{UPLOADS}/rejects/*"), notification()]),
        Case("another bucket", [*may_write("arn:aws:s3:::others/*"), notification()]),
        Case("reads alone", [*may_write(OBJECTS, "s3:GetObject"), notification()]),
        Case("another suffix", [*may_write(f"{UPLOADS}/uploads/*.json"), notification(filterSuffix=".csv")]),
        Case("about removals", [*may_write(OBJECTS), notification(events=["s3:ObjectRemoved:*"])]),
        Case("denied below the prefix", [*with_rights(PUT, NOT_BELOW_UPLOADS), notification()]),
        Case(
            "denied to others only",
            [*with_rights(PUT, {**NOT_BELOW_UPLOADS, "Resource": f"{UPLOADS}/uploads/done/*"}), notification()],
            violations=["notify"],
        ),
        Case(
            "by all actions but some",
            [*with_rights({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), notification()],
            violations=["notify"],
        ),
        Case(
            "all objects but those",
            [
                *with_rights({"Effect": "Allow", "Action": "s3:*", "NotResource": f"{UPLOADS}/uploads/*"}),
                notification(),
            ],
        ),
        Case(
            "all objects but others",
            [
                *with_rights({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::others/*"}),
                notification(),
            ],
            violations=["notify"],
        ),
        Case(
            "by an attached policy",
            [*attached("RolePolicyAttachment", "role", UNKNOWN), notification()],
            violations=["notify"],
        ),
        Case(
            "by a policy attached to several",
            [*attached("PolicyAttachment", "roles", ["role"]), notification()],
            violations=["notify"],
        ),
        Case(
            "by the role's own list of policies",
            [
                bucket(),
                Declared(ROLE.type, "role", {"managedPolicyArns": [UNKNOWN]}, {"managedPolicyArns": ["managed"]}),
                FUNCTION,
                MANAGED,
                notification(),
            ],
            violations=["notify"],
        ),
        Case("a policy that nothing attaches", [bucket(), ROLE, FUNCTION, MANAGED, notification()]),
        Case("through a queue", [*with_rights(PUT), *through_queue("uploads/")], violations=["notify"]),
        Case(
            "another prefix, through a queue",
            [*may_write(f"{UPLOADS}/rejects/*"), *through_queue("uploads/")],
        ),
        Case("a prefix not known", [*may_write(OBJECTS), notification(filterPrefix=UNKNOWN)], undecided=["notify"]),
        Case(
            "an entry not known",
            [
                *may_write(OBJECTS),
                Declared(
                    "aws:s3/bucketNotification:BucketNotification",
                    "notify",
                    {"bucket": UNKNOWN, "lambdaFunctions": [UNKNOWN]},
                    {"bucket": ["uploads"], "lambdaFunctions": ["parser"]},
                ),
            ],
            undecided=["notify"],
        ),
        Case("rights not known", [*may_write(UNKNOWN), notification()], undecided=["rights"]),
        Case("no notification", may_write(OBJECTS)),
    ]
)
def test_notification_no_loop(pack: Analyzer, case: Case) -> None:
    check(pack, "s3-notification-no-loop", case)
