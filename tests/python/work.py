"""Several ways to spend CPU time in known parts: argument says which, then seconds."""
import sys, time, threading, subprocess, functools
def burn(n):
    x = 0
    for i in range(n):
        x += i * i % 7
    return x
def half(): return burn(50000)
def third(): return burn(30000)
def fifth(): return burn(20000)
def ratio(until):
    while time.time() < until:
        half(); third(); fifth()
def down(d, until):
    if d:
        return down(d - 1, until)
    while time.time() < until:
        burn(5000)
def numbers(until):
    while time.time() < until:
        yield burn(3000)
def consume(until):
    return sum(v for v in numbers(until))
def threads(until):
    def alpha():
        while time.time() < until: burn(4000)
    def beta():
        while time.time() < until: burn(4000)
    t = [threading.Thread(target=alpha), threading.Thread(target=beta)]
    [x.start() for x in t]; [x.join() for x in t]
def asyncs(until):
    import asyncio
    async def leaf(): return burn(4000)
    async def middle(): return await leaf()
    async def top():
        while time.time() < until:
            await middle(); await asyncio.sleep(0)
    async def main(): await asyncio.gather(top(), top())
    asyncio.run(main())
def children(until):
    c = [subprocess.Popen([sys.executable, __file__, "ratio", str(until - time.time())]) for _ in range(2)]
    [x.wait() for x in c]
def forks(until):
    import os
    pid = os.fork()
    if pid == 0:
        ratio(until); os._exit(0)
    os.waitpid(pid, 0)
def searches(until):
    have = list(range(20000))
    while time.time() < until:
        19999 in have
def sorts(until):
    def by(x): return burn(x % 40)
    v = [i * 7919 % 10007 for i in range(10007)]
    while time.time() < until:
        sorted(v, key=by)
if __name__ == "__main__":
    until = time.time() + float(sys.argv[2])
    if sys.argv[1] == "deep":
        sys.setrecursionlimit(3000); threading.stack_size(256 << 20)
        t = threading.Thread(target=down, args=(1000, until)); t.start(); t.join()
    else:
        {"ratio": ratio, "generator": consume, "threads": threads, "asyncio": asyncs, "children": children, "fork": forks,
         "search": searches, "sort": sorts}[sys.argv[1]](until)
