/* mailjobs: renders notification mails, a helper thread for each of them */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
	int user;
	char text[160];
	unsigned crc;
};

static void *render(void *arg)
{
	struct job *j = arg;
	snprintf(j->text, sizeof j->text, "Dear customer %d, your parcel %d leaves today.", j->user, j->user * 7 + 3);
	for (const char *c = j->text; *c; c++)
		j->crc = j->crc * 131 + (unsigned char)*c;
	return NULL;
}

static unsigned deliver(struct job *jobs, int n)
{
	pthread_t tid[64];
	unsigned sum = 0;
	for (int i = 0; i < n; i += 64) {
		int k, m = n - i < 64 ? n - i : 64;
		for (k = 0; k < m; k++)
			if (pthread_create(&tid[k], NULL, render, &jobs[i + k]))
				abort();
		for (k = 0; k < m; k++) {
			pthread_join(tid[k], NULL);
			sum ^= jobs[i + k].crc;
		}
	}
	return sum;
}

int main(void)
{
	const char *s = getenv("SCALE");
	int rounds = (int)(60 * (s ? atof(s) : 1.0));
	static struct job jobs[1024];
	unsigned sum = 0;
	for (int r = 0; r < (rounds ? rounds : 1); r++) {
		for (int i = 0; i < 1024; i++) {
			jobs[i].user = r * 1024 + i;
			jobs[i].crc = 0;
		}
		sum = sum * 31 + deliver(jobs, 1024);
	}
	printf("mails %d checksum %08x\n", rounds * 1024, sum);
	return 0;
}
