"""Events over a Kafka topic: source, publisher and membership, on either of two client libraries."""
