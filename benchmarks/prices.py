"""List prices in USD, us-east-1, Lambda on arm64, as AWS's pricing pages showed them on `AS_OF`.

https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/lambda/pricing/
https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/s3/pricing/
"""

AS_OF = "2025-08 (check them before you rely on a total)"

PER_MILLION = {
    "SQS request (64 KiB)": 0.40,
    "Lambda invocation": 0.20,
    "DynamoDB write unit": 0.625,
    "DynamoDB read unit": 0.125,
    "S3 GET": 0.40,
    "S3 PUT": 5.00,
}
LAMBDA_GIBIBYTE_SECOND = 0.0000133334
