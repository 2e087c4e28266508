/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmi_cpu.c - queues of a VMI's interfaces: one for each virtual CPU, as KubeVirt counts them
 */
#include <ctype.h>
#include <string.h>

#include "launcher/vmi_node.h"

#define MAX_CPUS 65536

/* A quantity of Kubernetes' in whole CPUs, rounded up: "4", "1500m", "0.5", 2. */
static int parse_quantity(const struct vmi_node *node, unsigned *ret, struct error *err)
{
        const char *text = json_object_get_string(node->value), *p = text;
        uint64_t whole = 0;
        bool rest = false, any = false;

        for (; isdigit((unsigned char)*p) && whole < 1000u * MAX_CPUS; p++, any = true)
                whole = 10 * whole + (unsigned)(*p - '0');
        if (any && *p == 'm') {
                rest = whole % 1000 > 0;
                whole /= 1000;
                p++;
        } else if (*p == '.') {
                for (p++; isdigit((unsigned char)*p); p++, any = true)
                        rest |= *p != '0';
        }
        if (!any || *p || whole >= MAX_CPUS)
                return vmi_error(node, err, "'%.32s' is no number of CPUs such as 2 or 1500m",
                                 text);
        *ret = (unsigned)whole + rest;
        return 0;
}

static int read_resource(const struct vmi_node *resources, const char *kind, unsigned *ret,
                         struct error *err)
{
        struct vmi_node list, cpu;
        int r = vmi_node_get(resources, kind, json_type_object, &list, err);

        if (r <= 0)
                return r;
        r = vmi_node_get(&list, "cpu", json_type_null, &cpu, err);
        if (r <= 0)
                return r;
        r = parse_quantity(&cpu, ret, err);
        return r < 0 ? r : 1;
}

/* What the limit says, else the request, are sockets where no topology is given. */
static int read_resources(const struct vmi_node *domain, unsigned *ret, struct error *err)
{
        struct vmi_node resources;
        int r = vmi_node_get(domain, "resources", json_type_object, &resources, err);

        if (r <= 0)
                return r;
        r = read_resource(&resources, "limits", ret, err);
        return r != 0 ? r : read_resource(&resources, "requests", ret, err);
}

static int read_topology(const struct vmi_node *domain, uint64_t *ret, struct error *err)
{
        static const char *const keys[] = { "sockets", "cores", "threads" };
        struct vmi_node cpu;
        unsigned sockets = 1;
        bool given = false;
        int r = vmi_node_get(domain, "cpu", json_type_object, &cpu, err);

        *ret = 1;
        for (size_t i = 0; r > 0 && i < ARRAY_SIZE(keys); i++) {
                unsigned n = 0;

                if (vmi_node_number(&cpu, keys[i], MAX_CPUS, &n, err) < 0)
                        return -EINVAL;
                given |= n > 0;
                *ret *= n > 0 ? n : 1;
        }
        if (r < 0 || given)
                return r < 0 ? r : 0;
        r = read_resources(domain, &sockets, err);
        *ret = sockets;
        return r < 0 ? r : 0;
}

int vmi_queues_read(const struct vmi_node *domain, unsigned *ret, struct error *err)
{
        struct vmi_node devices, switched;
        uint64_t cpus;
        int r;

        *ret = 0;
        if ((r = vmi_node_get(domain, "devices", json_type_object, &devices, err)) <= 0 ||
            (r = vmi_node_get(&devices, "networkInterfaceMultiqueue", json_type_boolean, &switched,
                              err)) <= 0)
                return r;
        if (!json_object_get_boolean(switched.value))
                return 0;
        r = read_topology(domain, &cpus, err);
        if (r < 0)
                return r;
        *ret = cpus > VMI_MAX_QUEUES ? VMI_MAX_QUEUES : (unsigned)cpus;
        return 0;
}
