/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_nft.c - libnftables: loaded when it is needed, run in a process of its own
 */
#include "netsetup/filter/filter_nft.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/wait.h>

bool filter_is_missing(int code)
{
        return code == -EINVAL || code == -EOPNOTSUPP || code == -EPROTONOSUPPORT ||
               code == -EAFNOSUPPORT;
}

/*
 * nft's answer is "Error: SENTENCE", the first command, whichever it is about, and arrows below the
 * wrong one's columns: only the sentence says something.
 */
int filter_nft_failed(const char *text, int code, struct error *err)
{
        const char *what = strstr(text, "Error: ");
        char sentence[256];

        what = what ? what + strlen("Error: ") : text;
        snprintf(sentence, sizeof(sentence), "nft: %.*s", (int)strcspn(what, "\n"), what);
        /*
         * The transactions refer to nothing that they do not make, so "no such file" is the kernel
         * not finding the bridge family's chain type, "not supported" an expression.
         */
        if (code == -ENOENT || (code != -EINVAL && filter_is_missing(code)))
                return error_set_class(err, ERROR_CANNOT, -EOPNOTSUPP,
                                       "this kernel's nf_tables lacks a part (CONFIG_NF_TABLES_"
                                       "BRIDGE, CONFIG_NFT_…): %s",
                                       sentence);
        return error_set_class(err, code == -EPERM ? ERROR_CANNOT : ERROR_FAILED, code, "%s",
                               sentence);
}

/*
 * Loaded when it is needed: with what it needs itself it would cost every start of podgraft half a
 * millisecond, also those that only look.
 */
#define NFT_LIBRARY "libnftables.so.1"
#define NFT_FUNCTIONS(X)                                                                           \
        X(nft_ctx_new)                                                                             \
        X(nft_ctx_free)                                                                            \
        X(nft_ctx_buffer_output)                                                                   \
        X(nft_ctx_buffer_error)                                                                    \
        X(nft_ctx_set_dry_run)                                                                     \
        X(nft_ctx_get_error_buffer)                                                                \
        X(nft_run_cmd_from_buffer)

struct nft_library {
#define X(name) __typeof__(&name) name;
        NFT_FUNCTIONS(X)
#undef X
};

static int nft_load(struct nft_library *ret, struct error *err)
{
        void *library = dlopen(NFT_LIBRARY, RTLD_NOW | RTLD_LOCAL);

        if (!library)
                return error_set_class(err, ERROR_CANNOT, -EOPNOTSUPP,
                                       "%s; install the package 'libnftables1'", dlerror());
#define X(name)                                                                                    \
        ret->name = (__typeof__(&name))dlsym(library, #name);                                      \
        if (!ret->name)                                                                            \
                return error_set_class(err, ERROR_CANNOT, -EOPNOTSUPP,                             \
                                       NFT_LIBRARY " has no " #name);
        NFT_FUNCTIONS(X)
#undef X
        return 0;
}

static int nft_run_here(const char *commands, bool dry, struct error *err)
{
        struct nft_library lib = { 0 };
        struct nft_ctx *nft;
        int r, code;

        r = nft_load(&lib, err);
        if (r < 0)
                return r;
        nft = lib.nft_ctx_new(NFT_CTX_DEFAULT);
        if (!nft)
                return error_set(err, -ENOMEM, "out of memory");
        lib.nft_ctx_buffer_output(nft);
        lib.nft_ctx_buffer_error(nft);
        lib.nft_ctx_set_dry_run(nft, dry);
        errno = 0;
        r = lib.nft_run_cmd_from_buffer(nft, commands);
        code = errno == 0 || errno == EAGAIN ? -EINVAL : -errno; /* refused by its parser */
        if (r != 0)
                r = filter_nft_failed(lib.nft_ctx_get_error_buffer(nft), code, err);
        lib.nft_ctx_free(nft);
        return r;
}

/*
 * libnftables ends the process where it cannot open its socket: it gets a process of its own. Half
 * a wired pod must not be left behind because a table of descriptors was full.
 */
int filter_nft_run(const char *commands, bool dry, struct error *err)
{
        _cleanup_close_ int read_fd = -1, write_fd = -1;
        struct error result = ERROR_INIT;
        int pair[2], status;
        ssize_t n;
        pid_t pid;

        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_errno(err, -errno, "create a pipe");
        read_fd = pair[0];
        write_fd = pair[1];
        fflush(stdout);
        pid = fork();
        if (pid < 0)
                return error_errno(err, -errno, "fork for libnftables");
        if (pid == 0) {
                nft_run_here(commands, dry, &result);
                _exit(write(write_fd, &result, sizeof(result)) != sizeof(result));
        }
        close(take_fd(&write_fd));
        do
                n = read(read_fd, &result, sizeof(result));
        while (n < 0 && errno == EINTR);
        waitpid(pid, &status, 0);
        if (n != sizeof(result))
                return error_set(err, -EIO, "libnftables gave up without a word");
        if (result.code < 0 && err && err->code == 0)
                *err = result;
        return result.code;
}
