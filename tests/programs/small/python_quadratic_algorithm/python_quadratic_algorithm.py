def drain(queue):
    done = 0
    while queue:
        job = queue.pop(0)
        done = (done * 31 + job) % 1000003
    return done


def main():
    print(sum(drain(list(range(120000))) for _ in range(2)))


main()
