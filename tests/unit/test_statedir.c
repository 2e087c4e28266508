/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_statedir.c - does a record outlive its container, by mount tables as they are met
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "netsetup/statedir.h"
#include "tests/unit/unit_dir.h"

#define OVERLAY                                                                                    \
        "1021 871 0:254 / / rw,relatime master:310 - overlay overlay rw,lowerdir=/var/lib/x/11\n"  \
        "1022 1021 0:257 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"                 \
        "1023 1021 0:258 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"
#define KUBELET "/var/lib/kubelet/pods/0f6c/volumes/kubernetes.io~empty-dir/podgraft"

static const struct {
        const char *name, *mountinfo, *path;
        enum statedir_fate fate;
        const char *point;
} fates[] = {
        { "containerd, nothing mounted", OVERLAY, "/run/podgraft", STATEDIR_GOES, "/" },
        { "containerd, emptyDir",
          OVERLAY "1030 1021 259:1 " KUBELET " /run/podgraft rw,relatime - ext4 /dev/root rw\n",
          "/run/podgraft", STATEDIR_STAYS, "/run/podgraft" },
        { "an emptyDir on a node whose root is an overlay",
          OVERLAY "1030 1021 0:55 " KUBELET " /run rw,relatime - overlay overlay rw\n",
          "/run/podgraft", STATEDIR_STAYS, "/run" },
        { "emptyDir of memory, or the runtime's",
          OVERLAY "1030 1021 0:260 / /run rw,nosuid,nodev,noexec - tmpfs tmpfs rw,mode=755\n",
          "/run/podgraft", STATEDIR_UNSURE, "/run" },
        { "hostPath /run/vm of the node's tmpfs",
          OVERLAY "1030 1021 0:24 /vm /run/podgraft rw - tmpfs tmpfs rw,mode=755\n",
          "/run/podgraft", STATEDIR_STAYS, "/run/podgraft" },
        { "a block volume", OVERLAY "1030 1021 8:16 / /state rw - xfs /dev/sdb rw\n", "/state/a/b",
          STATEDIR_STAYS, "/state" },
        { "a volume beside it", OVERLAY "1030 1021 8:16 / /run/pod rw - xfs /dev/sdb rw\n",
          "/run/podgraft", STATEDIR_GOES, "/" },
        { "the deeper mount counts",
          OVERLAY "1030 1021 8:16 / /run rw - xfs /dev/sdb rw\n"
                  "1031 1030 0:261 / /run/podgraft rw - tmpfs tmpfs rw\n",
          "/run/podgraft", STATEDIR_UNSURE, "/run/podgraft" },
        { "the later mount hides the earlier",
          OVERLAY "1030 1021 0:260 / /run rw - tmpfs tmpfs rw\n"
                  "1031 1021 8:16 / /run rw - xfs /dev/sdb rw\n",
          "/run/podgraft", STATEDIR_STAYS, "/run" },
        { "a space in its name", OVERLAY "1030 1021 8:16 / /my\\040state rw - xfs /dev/sdb rw\n",
          "/my state/x", STATEDIR_STAYS, "/my state" },
        { "root on a device mapper's volume",
          "900 1 253:4 / / rw,relatime - ext4 /dev/mapper/x rw\n", "/run/podgraft", STATEDIR_GOES,
          "/" },
        { "optional fields or none", OVERLAY "1 2 8:16 / /state rw shared:1 master:2 - xfs x rw\n",
          "/state", STATEDIR_STAYS, "/state" },
        { "no octal number behind a backslash",
          OVERLAY "1030 1021 8:16 /x\\1 /st\\9te\\ rw - xfs /dev/sdb rw\n", "/st\\9te\\/x",
          STATEDIR_STAYS, "/st\\9te\\" },
        { "nothing to go by", "", "/run/podgraft", STATEDIR_GOES, "/" },
        { "not a mount table", "nonsense\n\n1 2 3\n", "/run/podgraft", STATEDIR_GOES, "/" },
};

START_TEST(test_statedir_fate_table)
{
        struct statedir_mount mount;

        ck_assert_msg(statedir_fate(fates[_i].mountinfo, fates[_i].path, &mount) == fates[_i].fate,
                      "%s", fates[_i].name);
        ck_assert_str_eq(mount.point, fates[_i].point);
}
END_TEST

START_TEST(test_statedir_in_container_by_its_signs)
{
        unsetenv("KUBERNETES_SERVICE_HOST");
        unsetenv("container");
        ck_assert(statedir_in_container(OVERLAY));
        setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
        ck_assert(statedir_in_container("900 1 253:4 / / rw,relatime - ext4 /dev/vda rw\n"));
}
END_TEST

START_TEST(test_statedir_probe_missing_names_place_and_leaves_nothing)
{
        _cleanup_free_ char *place = NULL, *missing = NULL, *file = NULL;

        ck_assert_int_gt(asprintf(&missing, "%s/a/b", unit_dir), 0);
        ck_assert_int_eq(statedir_probe(missing, &place), 0);
        ck_assert_str_eq(place, unit_dir);
        ck_assert_int_gt(asprintf(&file, "%s/file", unit_dir), 0);
        ck_assert_int_eq(mknod(file, S_IFREG | 0600, 0), 0);
        free(missing);
        ck_assert_int_gt(asprintf(&missing, "%s/file/a", unit_dir), 0);
        free(take_ptr(place));
        ck_assert_int_eq(statedir_probe(missing, &place), -ENOTDIR);
        ck_assert_ptr_null(place);
        unlink(file);
        ck_assert_int_eq(rmdir(unit_dir), 0); /* empty: nothing was left */
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_loop_test(tc, test_statedir_fate_table, 0, ARRAY_SIZE(fates));
        tcase_add_test(tc, test_statedir_in_container_by_its_signs);
        tcase_add_test(tc, test_statedir_probe_missing_names_place_and_leaves_nothing);
}

int main(void)
{
        return unit_main("statedir", add_tests);
}
