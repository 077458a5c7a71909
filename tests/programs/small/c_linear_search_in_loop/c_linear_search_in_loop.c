#include <stdio.h>
#include <stdlib.h>
typedef struct { int id; int group; double discount; } Customer;
typedef struct { int customer; double amount; } Order;
static Customer *customers; static int ncust;
static const Customer *find_customer(int id)
{
	int i;
	for (i = 0; i < ncust; ++i) {
		if (customers[i].id == id)
			return customers + i;
	}
	return NULL;
}
static double price_order(const Order *o)
{
	const Customer *c = find_customer(o->customer);
	return c ? o->amount * (1.0 - c->discount) : o->amount;
}
int main(void)
{
	ncust = 20000; customers = malloc(sizeof(Customer) * ncust);
	for (int i = 0; i < ncust; i++) { customers[i].id = i * 7 % 20011; customers[i].group = i % 3; customers[i].discount = i % 10 / 100.0; }
	double sum = 0; unsigned r = 3;
	for (int i = 0; i < 250000; i++) { r = r * 1103515245u + 12345; Order o = { (int)(r >> 8) % 20011, i }; sum += price_order(&o); }
	printf("%f\n", sum); return 0;
}
