/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/plugging.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/plug.h"
#include "podgraft/domain.h"
#include "podgraft/json.h"
#include "podgraft/log.h"

/* --- the list --- */

static struct plugged *find_tap(struct plugging *p, const char *tap)
{
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->list[i].tap, tap) == 0)
                        return &p->list[i];
        return NULL;
}

static bool is_listed(const struct plugging *p, const char *name)
{
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->list[i].name, name) == 0)
                        return true;
        return false;
}

static struct plugged *add(struct plugging *p, const struct podnet *net, enum plug_state state)
{
        struct plugged *one = &p->list[p->n++];

        *one = (struct plugged){ .state = state };
        strcpy(one->name, net->interface);
        strcpy(one->tap, net->tap);
        return one;
}

static void drop(struct plugging *p, struct plugged *one)
{
        size_t at = (size_t)(one - p->list);

        memmove(one, one + 1, (p->n - at - 1) * sizeof(*one));
        p->n--;
}

static struct netsetup *session_of(const struct wiring *w, const char *name)
{
        for (size_t i = 0; name && i < w->n; i++)
                if (strcmp(netsetup_identity(w->ns[i])->interface, name) == 0)
                        return w->ns[i];
        return NULL;
}

/*
 * Sessions of what is in the list now, which read the records anew; who serves learns of it.
 * @leaving: was in the list just now; NULL: none was
 */
static void follow_list(struct plugging *p, const char *leaving)
{
        char names[POD_INTERFACES_MAX][IFNAMSIZ];
        struct wiring now = { 0 }, before = *p->w;
        struct error err = ERROR_INIT;

        for (size_t i = 0; i < p->n; i++)
                strcpy(names[i], p->list[i].name);
        if (p->n > 0 && wiring_open_names(p->options, NETSETUP_READ, names, p->n, &now, &err) < 0) {
                log_error("records-unread", "%s", err.message);
                return;
        }
        if (p->n > 0)
                *p->w = now;
        p->serve(p->user, session_of(&before, leaving));
        if (p->n > 0)
                wiring_close(&before);
}

/* --- to the guest --- */

/* "<interface …>…</interface>" on one line, as podgraft-domain writes it. */
static int interface_line(const struct options *own, const struct podnet *net, char **ret,
                          struct error *err)
{
        static const char skeleton[] = "<domain><name>x</name><devices></devices></domain>";
        const struct domain_text text = { .source = "the guest's new interface",
                                          .data = (char *)skeleton,
                                          .len = strlen(skeleton) };
        static const char end[] = "</interface>";
        _cleanup_free_ char *xml = NULL;
        struct domain_interface wanted;
        char mac[MAC_TEXT_LEN], *from, *to;
        size_t len;
        int r;

        wiring_interface(own, net, true, mac, &wanted);
        r = domain_patch(&text, &wanted, 1, &xml, &len, err);
        if (r < 0)
                return r;
        from = strstr(xml, "<interface");
        to = from ? strstr(from, end) : NULL;
        if (!to)
                return error_set(err, -EINVAL, "podgraft-domain made no interface");
        to[strlen(end)] = '\0';
        for (char *c = from; *c; c++)
                *c = *c == '\n' ? ' ' : *c;
        *ret = strdup(from);
        return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static void refuse(struct plugging *p, const char *name, const char *why)
{
        log_error("attach-failed", "the guest does not get '%s': %s", name, why);
        if (plug_set(p->dir, name, PLUG_REFUSED, why, NULL) < 0)
                log_error("attach-failed", "'podgraft up' of '%s' cannot be told", name);
}

static int attach(struct plugging *p, const char *name, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *wish = NULL;
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_free_ char *xml = NULL, *line = NULL;
        struct options own;
        int r;

        options_for_name(p->options, name, &own);
        if ((r = session_open(&own, NETSETUP_READ, &ns, err)) < 0)
                return r;
        if (!netsetup_is_recorded(ns) || p->n == POD_INTERFACES_MAX)
                return error_set(err, -ENOENT, "nothing is set up of it, or there are too many");
        if ((r = plug_read(p->dir, name, &own, &wish, err)) < 0 ||
            (r = interface_line(&own, netsetup_identity(ns), &xml, err)) < 0)
                return r;
        if (asprintf(&line, "attach %s %s\n", netsetup_identity(ns)->tap, xml) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        add(p, netsetup_identity(ns), PLUG_ENTERING);
        follow_list(p, NULL); /* it is served before it has carrier */
        log_info("attaching", "giving '%s' to the guest", name);
        p->tell(p->user, line);
        return 0;
}

static void detach(struct plugging *p, struct plugged *one)
{
        char line[64];

        one->state = PLUG_LEAVING;
        log_info("detaching", "asking the guest to let go of '%s'", one->name);
        snprintf(line, sizeof(line), "detach %s\n", one->tap);
        p->tell(p->user, line);
}

/* --- the files --- */

static void look_for_unwanted(struct plugging *p)
{
        for (size_t i = 0; i < p->n; i++)
                if (p->list[i].state == PLUG_IN && !plug_has(p->dir, p->list[i].name, PLUG_WANTED))
                        detach(p, &p->list[i]);
}

static void look_for_wanted(struct plugging *p)
{
        char(*names)[IFNAMSIZ];
        size_t n = netsetup_recorded_interfaces(p->w->ns[0], &names);

        for (size_t i = 0; i < n; i++) {
                struct error err = ERROR_INIT;

                if (!is_listed(p, names[i]) && plug_has(p->dir, names[i], PLUG_WANTED) &&
                    !plug_has(p->dir, names[i], PLUG_REFUSED) && attach(p, names[i], &err) < 0)
                        refuse(p, names[i], err.message);
        }
        free(names);
}

static int on_change(int fd, uint32_t events _unused_, void *user)
{
        char events_read[4096];
        struct plugging *p = user;

        /* What it was does not matter: what is there now does. */
        while (read(fd, events_read, sizeof(events_read)) > 0)
                ;
        look_for_unwanted(p);
        look_for_wanted(p);
        return 0;
}

static int on_question(int fd, uint32_t events _unused_, void *user _unused_)
{
        plug_run_answer(fd);
        return 0;
}

void plugging_event(struct plugging *p, const char *word, const char *rest)
{
        char tap[IFNAMSIZ] = "";
        struct plugged *one;
        char name[IFNAMSIZ];

        sscanf(rest, "%15s", tap);
        one = find_tap(p, tap);
        if (!one)
                return;
        strcpy(name, one->name);
        if (strcmp(word, "attached") == 0) {
                one->state = PLUG_IN;
                log_info("attached", "the guest has '%s'", name);
                plug_set(p->dir, name, PLUG_ATTACHED, "", NULL);
        } else {
                drop(p, one);
                follow_list(p, name);
        }
        if (strcmp(word, "refused") == 0)
                refuse(p, name, rest + strlen(tap) + (rest[strlen(tap)] != '\0'));
        if (strcmp(word, "detached") == 0) {
                log_info("detached", "the guest has let go of '%s'", name);
                plug_unset(p->dir, name, PLUG_ATTACHED);
        }
        /* Meanwhile it may be wanted otherwise. */
        look_for_unwanted(p);
        look_for_wanted(p);
}

/* --- the life of it --- */

int plugging_claim(const struct wiring *w, struct error *err)
{
        const char *dir = netsetup_dir(w->ns[0]);
        char(*names)[IFNAMSIZ];
        size_t n = netsetup_recorded_interfaces(w->ns[0], &names);
        int r = 0;

        for (size_t i = 0; i < n; i++)
                plug_forget(dir, names[i]); /* a killed run's */
        free(names);
        for (size_t i = 0; r == 0 && i < w->n; i++) {
                const char *name = netsetup_identity(w->ns[i])->interface;

                if ((r = plug_want(dir, name, &w->options[i], err)) == 0)
                        r = plug_set(dir, name, PLUG_ATTACHED, "", err);
        }
        return r;
}

int plugging_begin(struct plugging *p, struct loop *loop, struct error *err)
{
        const uint32_t changes = IN_MOVED_TO | IN_DELETE;
        int r;

        p->watch_fd = -1;
        p->dir = strdup(netsetup_dir(p->w->ns[0]));
        if (!p->dir)
                return error_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; i < p->w->n; i++)
                add(p, netsetup_identity(p->w->ns[i]), PLUG_IN);
        p->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (p->watch_fd < 0 || inotify_add_watch(p->watch_fd, p->dir, changes) < 0)
                return error_errno(err, -errno, "watch '%s'", p->dir);
        r = loop_add_io(loop, p->watch_fd, EPOLLIN, on_change, p, NULL, err);
        if (r == 0 && p->mark_fd >= 0)
                r = loop_add_io(loop, p->mark_fd, EPOLLIN, on_question, p, NULL, err);
        if (r == 0)
                on_change(p->watch_fd, 0, p); /* what came before the watch */
        return r;
}

void plugging_end(struct plugging *p)
{
        if (p->dir && p->watch_fd >= 0)
                close(p->watch_fd);
        free(p->dir);
        p->dir = NULL;
}
