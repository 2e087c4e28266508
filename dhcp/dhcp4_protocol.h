/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_protocol.h - the constants of DHCPv4, with where they come from
 */
#pragma once

enum {
        DHCP4_SERVER_PORT = 67, /* RFC 2131 section 4.1 */
        DHCP4_CLIENT_PORT = 68,
        BOOTP_REQUEST = 1, /* RFC 951 section 3, op */
        BOOTP_REPLY = 2,
        BOOTP_HTYPE_ETHERNET = 1,
        BOOTP_SNAME_LEN = 64, /* bytes; RFC 951 section 3 */
        BOOTP_FILE_LEN = 128,
        BOOTP_MIN_LEN = 300,    /* bytes; RFC 951: 64 bytes of vendor area; old clients insist */
        DHCP4_HEADER_LEN = 240, /* bytes before the options: the fixed fields and the cookie */
        DHCP4_MIN_MAX_MESSAGE = 576,   /* bytes with IP and UDP headers; RFC 2132 section 9.10 */
        DHCP4_IP_UDP_LEN = 28,         /* bytes of those headers */
        DHCP4_FLAG_BROADCAST = 0x8000, /* RFC 2131 section 2, figure 2 */
        DHCP4_OVERLOAD_FILE = 1,       /* RFC 2132 section 9.3 */
        DHCP4_OVERLOAD_SNAME = 2,
};
#define DHCP4_COOKIE 0x63825363u /* RFC 2131 section 3 */

enum dhcp4_message_type { /* RFC 2132 section 9.6 */
        DHCP4_DISCOVER = 1,
        DHCP4_OFFER = 2,
        DHCP4_REQUEST = 3,
        DHCP4_DECLINE = 4,
        DHCP4_ACK = 5,
        DHCP4_NAK = 6,
        DHCP4_RELEASE = 7,
        DHCP4_INFORM = 8,
};

enum dhcp4_option {
        DHCP4_OPT_PAD = 0,                /* RFC 2132 section 3.1 */
        DHCP4_OPT_SUBNET_MASK = 1,        /* 3.3 */
        DHCP4_OPT_ROUTER = 3,             /* 3.5 */
        DHCP4_OPT_DNS = 6,                /* 3.8 */
        DHCP4_OPT_HOST_NAME = 12,         /* 3.14 */
        DHCP4_OPT_DOMAIN_NAME = 15,       /* 3.17 */
        DHCP4_OPT_MTU = 26,               /* 5.1 */
        DHCP4_OPT_BROADCAST = 28,         /* 5.3 */
        DHCP4_OPT_REQUESTED_ADDRESS = 50, /* 9.1 */
        DHCP4_OPT_LEASE_TIME = 51,        /* 9.2 */
        DHCP4_OPT_OVERLOAD = 52,          /* 9.3 */
        DHCP4_OPT_MESSAGE_TYPE = 53,      /* 9.6 */
        DHCP4_OPT_SERVER_ID = 54,         /* 9.7 */
        DHCP4_OPT_PARAMETER_LIST = 55,    /* 9.8 */
        DHCP4_OPT_MESSAGE = 56,           /* 9.9 */
        DHCP4_OPT_MAX_MESSAGE = 57,       /* 9.10 */
        DHCP4_OPT_T1 = 58,                /* 9.11 */
        DHCP4_OPT_T2 = 59,                /* 9.12 */
        DHCP4_OPT_VENDOR_CLASS = 60,      /* 9.13 */
        DHCP4_OPT_CLIENT_ID = 61,         /* 9.14; echoed: RFC 6842 */
        DHCP4_OPT_TFTP_SERVER_NAME = 66,  /* 9.4 */
        DHCP4_OPT_BOOTFILE_NAME = 67,     /* 9.5 */
        DHCP4_OPT_USER_CLASS = 77,        /* RFC 3004 */
        DHCP4_OPT_RAPID_COMMIT = 80,      /* RFC 4039 */
        DHCP4_OPT_RELAY_AGENT = 82,       /* RFC 3046 */
        DHCP4_OPT_CLIENT_UUID = 97,       /* RFC 4578 section 2.3 */
        DHCP4_OPT_IPV6_ONLY = 108,        /* RFC 8925 */
        DHCP4_OPT_DOMAIN_SEARCH = 119,    /* RFC 3397 */
        DHCP4_OPT_CLASSLESS_ROUTES = 121, /* RFC 3442 */
        DHCP4_OPT_TFTP_SERVERS = 150,     /* RFC 5859 */
        DHCP4_OPT_MS_ROUTES = 249, /* 121 as Windows before Vista asks for it; MS-DHCPE 2.2.8 */
        DHCP4_OPT_END = 255,       /* RFC 2132 section 3.2 */
};
