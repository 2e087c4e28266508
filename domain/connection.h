/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>
#include <stdatomic.h>

#include "podgraft/domain.h"

struct domain_connection {
        virConnectPtr conn;
        virDomainPtr domain; /* the one we started */
        char *root;
        bool embedded;
        int event_fd; /* eventfd: something happened */
        int callback;
        _Atomic int ended; /* 0, or 1 + enum domain_end */
        _Atomic int lost;  /* libvirt went away */
};

/** libvirt_error() - libvirt's own words for the last failure in this thread */
int libvirt_error(struct error *err, const char *what);
