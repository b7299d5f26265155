// SPDX-License-Identifier: MIT
/*
 * The first process of the lab kernel. It is linked into the kernel (initramfs) and built on the kernel tree's own
 * nolibc, because a boot made of mount(8), ip(8) and sysctl(8) spends most of its time starting those programs.
 *
 *   1. mount the host's root read-only and the lab's own file systems over it;
 *   2. bring up lo, keep fallback tunnel devices out of new namespaces;
 *   3. run /run/job/init.sh as root, adopt and reap every orphan;
 *   4. write /run/job/status: "exit N", "signal N" or "timeout", and power off.
 *
 * /run/job/lab.conf holds "timeout SECONDS" (virtual seconds if the clock is virtual) and, optionally,
 * "stage HOST-PATH", a folder that appears at /run/lab, and "userland HOST-PATH", a folder that is the lab's root instead of
 * the host's, which then appears at /host. At the timeout every process is listed with what it waits for.
 */
#include "nolibc.h"
#include <linux/mount.h>
#include <linux/sockios.h>

#define ROOT "/root"
#define HOST "/host"
#define JOB "/run/job"
/* The final "/." keeps hostfs from replacing the link by the path behind it, which this user may not be able to walk. */
#define JOB_OUTSIDE "/proc/self/cwd/."
/* before the lab's own root is there */
#define CONF_FOLDER "/conf"
#define SIGSET_SIZE 8
#define STATUS_TIMEOUT -1

static void say(const char *a, const char *b, const char *c)
{
	write(2, a, strlen(a));
	write(2, b, strlen(b));
	write(2, c, strlen(c));
}

static void power_off(void)
{
	int fd = open("/proc/sys/kernel/printk", O_WRONLY, 0);

	write(fd, "0", 1); /* no "System halted" at the end of every console */
	my_syscall0(__NR_sync);
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	for (;;)
		my_syscall0(__NR_pause);
}

static void check(int result, const char *action, const char *object)
{
	if (result >= 0)
		return;
	say("lab-init: cannot ", action, " ");
	say(object, ": errno ", itoa(errno));
	say("\n", "", "");
	power_off();
}

static void mount_at(const char *type, const char *target, unsigned long flags, const char *options)
{
	check(mount("none", target, type, flags, options), "mount", target);
}

/* Reads a small file; returns its length, 0 when there is none. */
static int read_file(const char *path, char *buffer, int size)
{
	int fd = open(path, O_RDONLY, 0), length;

	if (fd < 0)
		return buffer[0] = 0;
	length = read(fd, buffer, size - 1);
	close(fd);
	if (length < 0)
		length = 0;
	buffer[length] = 0;
	return length;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	check(fd, "open", path);
	check(write(fd, text, strlen(text)), "write", path);
	close(fd);
}

/* Copies the value of `key` in lab.conf to `value`; returns 1 if the key is there. */
static int configured(const char *conf, const char *key, char *value, int size)
{
	int key_length = strlen(key), n;
	const char *line = conf, *next;

	for (; line && *line; line = next ? next + 1 : 0) {
		next = strchr(line, '\n');
		if (memcmp(line, key, key_length) || line[key_length] != ' ')
			continue;
		line += key_length + 1;
		for (n = 0; n < size - 1 && line[n] && line[n] != '\n'; n++)
			value[n] = line[n];
		value[n] = 0;
		return 1;
	}
	return 0;
}

/* lab.conf says what the root is: it is read before there is one. */
static void read_conf(char *conf, int size)
{
	check(mkdir(CONF_FOLDER, 0755), "create", CONF_FOLDER);
	mount_at("hostfs", CONF_FOLDER, MS_RDONLY, JOB_OUTSIDE);
	read_file(CONF_FOLDER "/lab.conf", conf, size);
	check(my_syscall2(__NR_umount2, CONF_FOLDER, 0), "unmount", CONF_FOLDER);
}

/* The host's files with the lab's own /dev, /proc, /sys, /run and /tmp among them, for `chroot /host`. */
static void mount_host(void)
{
	static const char *const own[] = { "/dev", "/proc", "/sys", "/run", "/tmp" };
	char target[32];
	unsigned int i;

	mount_at("hostfs", HOST, MS_RDONLY, "/");
	for (i = 0; i < sizeof(own) / sizeof(*own); i++) {
		strlcpy(target, HOST, sizeof(target));
		strlcat(target, own[i], sizeof(target));
		/* a host without one of them lacks it here too */
		if (mount(own[i], target, 0, MS_BIND | MS_REC, 0) < 0 && errno != ENOENT)
			check(-1, "bind", target);
	}
}

static void mount_all(const char *conf)
{
	static char folder[4096];
	int own_userland = configured(conf, "userland", folder, sizeof(folder));

	mount_at("hostfs", ROOT, MS_RDONLY, own_userland ? folder : "/");
	mount_at("devtmpfs", ROOT "/dev", 0, 0);
	mount_at("proc", ROOT "/proc", 0, 0);
	mount_at("sysfs", ROOT "/sys", 0, 0);
	mount_at("tmpfs", ROOT "/run", 0, "mode=755");
	mount_at("tmpfs", ROOT "/tmp", 0, "mode=1777");
	check(chdir(ROOT), "enter", ROOT);
	check(mount(".", "/", 0, MS_MOVE, 0), "move", ROOT);
	check(chroot("."), "change root to", ROOT);

	check(mkdir("/dev/pts", 0755), "create", "/dev/pts");
	check(mkdir("/dev/shm", 01777), "create", "/dev/shm");
	mount_at("devpts", "/dev/pts", 0, "ptmxmode=666");
	mount_at("tmpfs", "/dev/shm", 0, "mode=1777");
	check(symlink("/proc/self/fd", "/dev/fd"), "create", "/dev/fd");
	check(mkdir("/run/netns", 0755), "create", "/run/netns");
	check(mkdir(JOB, 0755), "create", JOB);
	mount_at("hostfs", JOB, 0, JOB_OUTSIDE);
	if (configured(conf, "stage", folder, sizeof(folder))) {
		check(mkdir("/run/lab", 0755), "create", "/run/lab");
		mount_at("hostfs", "/run/lab", MS_RDONLY, folder);
	}
	if (own_userland)
		mount_host();
	check(chdir(JOB), "enter", JOB);
}

static void set_up_network(void)
{
	/* struct ifreq; <linux/if.h> would drag in the C library's own types */
	struct { char name[16]; short flags; char rest[22]; } lo = { .name = "lo", .flags = 1 /* IFF_UP */ };
	int fd = my_syscall3(__NR_socket, 2 /* AF_INET */, 2 /* SOCK_DGRAM */, 0);

	check(fd, "open", "a socket");
	check(ioctl(fd, SIOCSIFFLAGS, &lo), "bring up", "lo");
	close(fd);
	write_file("/proc/sys/net/core/fb_tunnels_only_for_init_net", "2");
}

static void list_process(const char *pid)
{
	char path[64], text[512];
	int i, n;

	strlcpy(path, "/proc/", sizeof(path));
	strlcat(path, pid, sizeof(path));
	n = strlen(path);
	strlcat(path, "/cmdline", sizeof(path));
	if (!(i = read_file(path, text, 160)))
		return; /* a kernel thread or a zombie */
	while (i-- > 0)
		if (text[i] < ' ')
			text[i] = ' ';
	say("  process ", pid, ": ");
	say(text, "", "waits in ");
	strlcpy(path + n, "/wchan", sizeof(path) - n);
	say(read_file(path, text, sizeof(text)) ? text : "?", "", "\n");
}

static void list_processes(void)
{
	static char buffer[8192];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY, 0), length, at;

	while (fd >= 0 && (length = getdents64(fd, (void *)buffer, sizeof(buffer))) > 0)
		for (at = 0; at < length;) {
			struct linux_dirent64 *entry = (void *)(buffer + at);

			if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && strcmp(entry->d_name, "1"))
				list_process(entry->d_name);
			at += entry->d_reclen;
		}
}

static long long now_ns(void)
{
	struct { long long s, ns; } time;

	my_syscall2(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, &time);
	return time.s * 1000000000 + time.ns;
}

/* Waits for `child`; reaps orphans meanwhile. Returns its wait status or STATUS_TIMEOUT. */
static int wait_until(int child, long long deadline)
{
	unsigned long child_signal = 1UL << (SIGCHLD - 1);

	for (;;) {
		struct { long long s, ns; } left;
		int status, pid;

		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == child)
				return status;
		left.ns = deadline - now_ns();
		if (left.ns <= 0)
			return STATUS_TIMEOUT;
		left.s = left.ns / 1000000000;
		left.ns %= 1000000000;
		my_syscall4(__NR_rt_sigtimedwait, &child_signal, 0, &left, SIGSET_SIZE);
	}
}

static int start(const unsigned long *signals)
{
	static char *const arguments[] = { "bash", JOB "/init.sh", 0 };
	static char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
					     "HOME=/tmp", "LC_ALL=C", "TZ=UTC", "TERM=dumb", 0 };
	int child = fork();

	check(child, "start", "a process");
	if (child == 0) {
		my_syscall4(__NR_rt_sigprocmask, 1 /* SIG_UNBLOCK */, signals, 0, SIGSET_SIZE);
		setsid();
		execve("/bin/bash", arguments, environment);
		say("lab-init: cannot run ", "/bin/bash", "\n");
		exit(127);
	}
	return child;
}

static void report(int status)
{
	char line[32];

	if (status == STATUS_TIMEOUT) {
		say("lab-init: the time limit has passed; these processes are still there:\n", "", "");
		list_processes();
		write_file(JOB "/status", "timeout\n");
		return;
	}
	strlcpy(line, WIFEXITED(status) ? "exit " : "signal ", sizeof(line));
	strlcat(line, itoa(WIFEXITED(status) ? WEXITSTATUS(status) : status & 127), sizeof(line));
	strlcat(line, "\n", sizeof(line));
	write_file(JOB "/status", line);
}

int main(void)
{
	static char conf[8192], value[32];
	unsigned long signals = 1UL << (SIGCHLD - 1);
	long long deadline;

	read_conf(conf, sizeof(conf));
	mount_all(conf);
	set_up_network();
	check(configured(conf, "timeout", value, sizeof(value)) - 1, "find the timeout in", JOB "/lab.conf");
	deadline = now_ns() + atol(value) * 1000000000;
	my_syscall4(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, &signals, 0, SIGSET_SIZE);
	report(wait_until(start(&signals), deadline));
	power_off();
	return 0;
}
