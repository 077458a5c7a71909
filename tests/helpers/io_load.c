/* SPDX-License-Identifier: MIT */
/*
 * Input and output in known numbers: io-load MODE COUNT FOLDER. Paths and sizes are the test's
 * business; every function is kept out of line so that stacks name it. Pauses keep the rates below
 * what is counted one by one.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEPT __attribute__((noinline))

static char path[4096];

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int open_for(int flags)
{
	int fd = open(path, flags | O_CREAT, 0600);

	must(fd >= 0, path);
	return fd;
}

KEPT static void small_writes(int n)
{
	int fd = open_for(O_WRONLY | O_TRUNC);

	for (int i = 0; i < n; i++)
		must(write(fd, "0123456789abcdef", 16) == 16, "write");
	usleep(50000);
	close(fd);
}

KEPT static void sync_each(int n)
{
	int fd = open_for(O_WRONLY | O_TRUNC);

	for (int i = 0; i < n; i++) {
		must(write(fd, "a record\n", 9) == 9, "write");
		must(fsync(fd) == 0, "fsync");
	}
	close(fd);
}

KEPT static void read_again(int n)
{
	static char b[65536];
	int fd = open_for(O_RDWR | O_TRUNC);

	must(write(fd, b, 3000) == 3000, "write");
	close(fd);
	for (int i = 0; i < n; i++) {
		fd = open(path, O_RDONLY);
		must(fd >= 0, path);
		while (read(fd, b, sizeof(b)) > 0)
			;
		close(fd);
		usleep(150);
	}
}

KEPT static void many_stats(int n)
{
	struct stat st;

	for (int i = 0; i < n; i++) {
		stat(path, &st);
		if (i % 4 == 0)
			usleep(150);
	}
}

/* A byte there and back, over and over. */
KEPT static void chat(int n)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	char c = 'x';

	must(bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)&a, &len) == 0, "getsockname");
	pid_t child = fork();

	if (child == 0) {
		int s = accept(listener, NULL, NULL);

		while (read(s, &c, 1) == 1)
			must(write(s, &c, 1) == 1, "echo");
		_exit(0);
	}
	close(listener);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	must(connect(s, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	printf("port %u\n", ntohs(a.sin_port));
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		must(send(s, &c, 1, 0) == 1, "send");
		must(recv(s, &c, 1, 0) == 1, "recv");
		if (i % 4 == 0)
			usleep(300);
	}
	usleep(50000);
	close(s);
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int n);
	} modes[] = { { "small-writes", small_writes }, { "sync-each", sync_each },
		{ "read-again", read_again }, { "many-stats", many_stats }, { "chat", chat } };

	if (argc != 4)
		return 2;
	snprintf(path, sizeof(path), "%s/%s", argv[3], argv[1]);
	usleep(50000); /* names are found while a program still runs */
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run((int)strtol(argv[2], NULL, 10));
		return 0;
	}
	return 2;
}
