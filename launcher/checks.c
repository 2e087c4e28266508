/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/checks.h"

#include <linux/capability.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "launcher/process.h"
#include "podgraft/dhcp.h"

/* --- the namespace --- */

static void check_sys_admin(void *user, struct finding *ret)
{
        const bool *refused = user;

        if (*refused)
                finding_capability(ret, CAP_SYS_ADMIN, "SYS_ADMIN",
                                   "to enter the network namespace of --netns");
        else
                finding_set(ret, FINDING_OK, "the network namespace of --netns can be entered");
}

int checks_enter(bool refused, struct findings *findings, struct error *err)
{
        static const struct check checks[] = { { "sys-admin", check_sys_admin, NULL } };

        return findings_run(findings, checks, ARRAY_SIZE(checks), &refused, err);
}

/* --- the responder --- */

/* The loopback is there in every network namespace; its traffic is not looked at. */
static void check_net_raw(void *user _unused_, struct finding *ret)
{
        _cleanup_close_ int fd = -1;
        struct error err = ERROR_INIT;
        int r = dhcp_watch_open(if_nametoindex("lo"), false, &fd, &err);

        if (r == -EPERM) {
                finding_capability(ret, CAP_NET_RAW, "NET_RAW", "to serve the guest");
        } else if (r < 0) {
                finding_set(ret, FINDING_MISSING, "%s", err.message);
                finding_remedy(ret, "load the module on the node: modprobe af_packet");
        } else {
                finding_set(ret, FINDING_OK, "packet sockets of this network namespace open");
        }
}

/* Its last line says why. */
static const char *last_line(char *text)
{
        size_t len = text ? strlen(text) : 0;
        char *newline;

        while (len > 0 && text[len - 1] == '\n')
                text[--len] = '\0';
        if (len == 0)
                return "it said nothing";
        newline = strrchr(text, '\n');
        return newline ? newline + 1 : text;
}

/* Does the helper program start, and end well? What it wrote to stdout is @said. */
static void check_program(const char *name, char *argument, enum finding_state without, char *said,
                          size_t size, struct finding *ret)
{
        _cleanup_free_ char *path = process_libexec(name);
        char *argv[] = { path, argument, NULL };
        struct error err = ERROR_INIT;
        struct process_result result;

        if (!path || process_capture(argv, -1, NULL, &result, &err) < 0) {
                finding_set(ret, without, "%s", err.message);
                finding_remedy(ret, "install podgraft's helper programs there, or give their place "
                                    "in PODGRAFT_LIBEXECDIR");
                return;
        }
        if (size > 0)
                snprintf(said, size, "%s", result.out ? result.out : "");
        if (WIFEXITED(result.wait_status) && WEXITSTATUS(result.wait_status) == 0)
                finding_set(ret, FINDING_OK, "'%s' starts", path);
        else if (WIFSIGNALED(result.wait_status))
                finding_set(ret, without, "'%s': %s", path,
                            strsignal(WTERMSIG(result.wait_status)));
        else
                finding_set(ret, without, "'%s': %s", path, last_line(result.err));
        process_result_done(&result);
}

static void check_responder(void *user _unused_, struct finding *ret)
{
        char missing[256] = "";

        check_program("podgraft-dhcpd", "--check", FINDING_MISSING, missing, sizeof(missing), ret);
        if (ret->state != FINDING_OK)
                return;
        finding_set(ret, FINDING_OK, "it starts, and gives its privileges up");
        if (!*missing)
                return;
        finding_set(ret, FINDING_DEGRADED, "it starts, but its sandbox lacks: %s", missing);
        finding_remedy(ret, "a kernel with seccomp, Landlock and user namespaces, and a "
                            "seccompProfile that allows them to the container");
}

int checks_responder(bool in_namespace, struct findings *findings, struct error *err)
{
        static const struct check checks[] = {
                { "net-raw", check_net_raw, NULL },
                { "responder", check_responder,
                  "securityContext: {seccompProfile: {type: RuntimeDefault}}, or a profile that "
                  "allows prctl, capset and prlimit64" },
        };
        size_t first = in_namespace ? 0 : 1;

        return findings_run(findings, checks + first, ARRAY_SIZE(checks) - first, NULL, err);
}

/* --- podgraft run --- */

static void check_run_domain(void *user _unused_, struct finding *ret)
{
        check_program("podgraft-domain", "--version", FINDING_DEGRADED, NULL, 0, ret);
}

static void check_run_launcher(void *user _unused_, struct finding *ret)
{
        check_program("podgraft-launcher", "--version", FINDING_DEGRADED, NULL, 0, ret);
}

static void check_run_driver(void *user _unused_, struct finding *ret)
{
        const char *dir = getenv("LIBVIRT_DRIVER_DIR");
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/libvirt_driver_qemu.so", dir ? dir : LIBVIRT_DRIVER_DIR) < 0)
                path = NULL;
        if (path && access(path, R_OK) == 0)
                finding_set(ret, FINDING_OK, "'%s'", path);
        else
                finding_set(ret, FINDING_DEGRADED, "libvirt's QEMU driver '%s': %s", path,
                            strerror(errno));
}

/* libvirt looks it up even where it is told to run QEMU as another. */
static void check_run_user(void *user _unused_, struct finding *ret)
{
        errno = 0;
        if (getpwnam("libvirt-qemu"))
                finding_set(ret, FINDING_OK, "there is a user 'libvirt-qemu'");
        else
                finding_set(ret, FINDING_DEGRADED, "there is no user 'libvirt-qemu'");
}

static bool is_in_path(const char *name)
{
        const char *path = getenv("PATH");

        for (const char *dir = path ? path : ""; *dir;) {
                size_t len = strcspn(dir, ":");
                _cleanup_free_ char *file = NULL;

                if (asprintf(&file, "%.*s/%s", (int)len, dir, name) >= 0 && access(file, X_OK) == 0)
                        return true;
                dir += len + (dir[len] == ':');
        }
        return false;
}

static void check_run_qemu(void *user _unused_, struct finding *ret)
{
        static const struct {
                const char *machine, *program, *package;
        } qemus[] = {
                { "x86_64", "qemu-system-x86_64", "qemu-system-x86" },
                { "aarch64", "qemu-system-aarch64", "qemu-system-arm" },
                { "ppc64le", "qemu-system-ppc64", "qemu-system-ppc" },
                { "s390x", "qemu-system-s390x", "qemu-system-misc" },
                { "riscv64", "qemu-system-riscv64", "qemu-system-misc" },
        };
        struct utsname name;

        uname(&name);
        for (size_t i = 0; i < ARRAY_SIZE(qemus); i++) {
                if (strcmp(qemus[i].machine, name.machine) != 0)
                        continue;
                if (is_in_path(qemus[i].program)) {
                        finding_set(ret, FINDING_OK, "'%s' is in PATH", qemus[i].program);
                } else {
                        finding_set(ret, FINDING_DEGRADED, "no '%s' in PATH", qemus[i].program);
                        finding_remedy(ret, "apt-get install %s", qemus[i].package);
                }
                return;
        }
}

static void check_run_kvm(void *user _unused_, struct finding *ret)
{
        if (access("/dev/kvm", R_OK | W_OK) == 0)
                finding_set(ret, FINDING_OK, "'/dev/kvm' may be used");
        else
                finding_set(ret, FINDING_DEGRADED,
                            "'/dev/kvm': %s; only domains of type 'qemu' run, slowly",
                            strerror(errno));
}

/* Tried: what libvirt's embedded driver needs to start QEMU, when it is root. */
static void check_run_capabilities(void *user _unused_, struct finding *ret)
{
        static const struct {
                int capability;
                const char *name;
        } needed[] = { { CAP_DAC_OVERRIDE, "DAC_OVERRIDE" },
                       { CAP_SETGID, "SETGID" },
                       { CAP_SETUID, "SETUID" },
                       { CAP_SETPCAP, "SETPCAP" } };
        char list[96] = "";

        if (geteuid() != 0) {
                finding_set(ret, FINDING_OK, "as user %u libvirt needs none", geteuid());
                return;
        }
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
                if (!capability_is_effective(needed[i].capability))
                        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s\"%s\"",
                                 list[0] ? ", " : "", needed[i].name);
        if (!list[0]) {
                finding_set(ret, FINDING_OK, "libvirt has those it needs as root");
                return;
        }
        finding_set(ret, FINDING_DEGRADED, "libvirt needs more to start QEMU as root");
        finding_remedy(ret, "securityContext: {capabilities: {add: [%s]}}", list);
}

int checks_run(struct findings *findings, struct error *err)
{
        static const struct check checks[] = {
                { "run-domain", check_run_domain, "apt-get install libxml2" },
                { "run-launcher", check_run_launcher, "apt-get install libvirt0" },
                { "run-driver", check_run_driver,
                  "apt-get install libvirt-daemon-driver-qemu; not needed with --connect" },
                { "run-user", check_run_user,
                  "apt-get install libvirt-daemon-system, or a line for it in /etc/passwd; not "
                  "needed with --connect" },
                { "run-qemu", check_run_qemu, NULL },
                { "run-kvm", check_run_kvm, "resources: {limits: {devices.kubevirt.io/kvm: 1}}" },
                { "run-capabilities", check_run_capabilities, NULL },
        };

        return findings_run(findings, checks, ARRAY_SIZE(checks), NULL, err);
}
