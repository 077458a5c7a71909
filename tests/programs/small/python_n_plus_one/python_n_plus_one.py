import sqlite3


def build():
    con = sqlite3.connect(":memory:")
    con.execute("create table customer (id integer primary key, name text)")
    con.execute("create table orders (id integer primary key, customer integer, cents integer)")
    con.execute("create index orders_by_customer on orders (customer)")
    con.executemany("insert into customer values (?, ?)", [(i, "c%d" % i) for i in range(4000)])
    con.executemany("insert into orders values (?, ?, ?)", [(i, i % 4000, i * 7 % 900) for i in range(9000)])
    return con


def orders_of(con, customer):
    return con.execute("select sum(cents) from orders where customer = ?", (customer,)).fetchone()[0]


def report(con):
    total = 0
    for customer, name in con.execute("select id, name from customer").fetchall():
        total += orders_of(con, customer) or 0
    return total


def main():
    con = build()
    print(sum(report(con) for _ in range(60)))


main()
