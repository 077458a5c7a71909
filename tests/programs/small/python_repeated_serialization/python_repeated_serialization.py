import json


def publish(event, subscribers):
    sent = 0
    for name in subscribers:
        payload = json.dumps(event, sort_keys=True)
        sent += len(name) + len(payload)
    return sent


def main():
    event = {"items": [{"id": i, "tags": ["a", "b"], "price": i * 1.5} for i in range(120)]}
    subscribers = ["client-%d" % i for i in range(60)]
    print(sum(publish(event, subscribers) for _ in range(110)))


main()
