// SPDX-License-Identifier: GPL-2.0-only
#include "host/cgroup.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace memory_collector {
namespace {

const std::string id = "3f4a9c0e7b21d85566aa01c2b3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6";
const std::string inner = "c0ffee00112233445566778899aabbccddeeff00112233445566778899aabbcc";
const std::string uid = "8a2e0f4c-6c1b-4b47-9d53-0e7c1f2a3b4c";
const std::string uid_in_slice = "8a2e0f4c_6c1b_4b47_9d53_0e7c1f2a3b4c";
const std::string static_pod = "0123456789abcdef0123456789abcdef";

struct Case {
    std::string path;
    CgroupPlace place;
};

void expect(const std::vector<Case> &cases)
{
    for (const Case &one : cases) {
        const CgroupPlace place = cgroup_place(one.path);
        EXPECT_EQ(place.runtime, one.place.runtime) << one.path;
        EXPECT_EQ(place.container, one.place.container) << one.path;
        EXPECT_EQ(place.pod, one.place.pod) << one.path;
        EXPECT_EQ(place.unit, one.place.unit) << one.path;
    }
}

TEST(CgroupPath, OfEitherHierarchy)
{
    EXPECT_EQ(cgroup_path("0::/system.slice/ssh.service\n"), "/system.slice/ssh.service");
    EXPECT_EQ(cgroup_path("9:memory:/docker/x\n1:name=systemd:/y\n0::/\n"), "/docker/x");
    EXPECT_EQ(cgroup_path("9:cpu,memory:/both\n"), "/both");
    EXPECT_EQ(cgroup_path("4:memory:/old\n0::/new\n"), "/new");
    EXPECT_EQ(cgroup_path("0::/a:b\n"), "/a:b");
    EXPECT_EQ(cgroup_path("4:memory:/\n1:name=systemd:/user.slice/x.scope\n0::/\n"), "/user.slice/x.scope");
    EXPECT_EQ(cgroup_path("4:memory:/\n0::/\n"), "/");
    EXPECT_EQ(cgroup_path("0::/\n"), "/");
    EXPECT_EQ(cgroup_path("0::/without/end"), "/without/end");
    EXPECT_EQ(cgroup_path(""), "");
    EXPECT_EQ(cgroup_path("\n\n:\n::\n"), "");
    EXPECT_EQ(cgroup_path("nonsense\n"), "");
}

TEST(CgroupPath, OfAControllerOfVersion1)
{
    EXPECT_EQ(v1_cgroup_path("9:cpu,pids:/limited\n0::/unified\n", "pids"), "/limited");
    EXPECT_EQ(v1_cgroup_path("9:pids:/a:b\n", "pids"), "/a:b");
    for (const char *none : {"", "0::/unified\n", "9:pid:/no\n", "9:pids", "pids", "9:mypids,cpu:/no\n"})
        EXPECT_EQ(v1_cgroup_path(none, "pids"), "") << none;
}

TEST(CgroupPath, OfTheHierarchyThatLimitsMemory)
{
    EXPECT_EQ(memory_cgroup_path("0::/unified\n"), "/unified");
    EXPECT_EQ(memory_cgroup_path("9:cpu,memory:/limited\n1:name=systemd:/unit\n0::/unified\n"), "/limited");
    EXPECT_EQ(memory_cgroup_path("9:memory:/\n0::/unified\n"), "/");
    EXPECT_EQ(memory_cgroup_path("9:memories:/no\n1:name=systemd:/unit\n"), "");
    EXPECT_EQ(memory_cgroup_path(""), "");
}

TEST(CgroupPlace, Docker)
{
    const std::string scope = "docker-" + id + ".scope";
    expect({
        {"/docker/" + id, {"docker", id, "", ""}},
        {"/system.slice/" + scope, {"docker", id, "", scope}},
        {"/system.slice/" + scope + "/init", {"docker", id, "", scope}},
        {"/user.slice/user-1000.slice/user@1000.service/user.slice/" + scope, {"docker", id, "", scope}},
        // A path of a namespace that is not ours, and a cgroup that is gone.
        {"/../../docker/" + id, {"docker", id, "", ""}},
        {"/docker/" + id + " (deleted)", {"docker", id, "", ""}},
        // With --cgroup-parent nothing says whose it is.
        {"/batch/" + id, {"", id, "", ""}},
        {"/ecs/0123456789abcdef/" + id, {"", id, "", ""}},
    });
}

TEST(CgroupPlace, DockerInDockerIsTheInnermost)
{
    const std::string scope = "docker-" + id + ".scope";
    expect({
        {"/docker/" + id + "/docker/" + inner, {"docker", inner, "", ""}},
        {"/system.slice/" + scope + "/docker/" + inner, {"docker", inner, "", scope}},
        {"/system.slice/" + scope + "/system.slice/docker-" + inner + ".scope",
         {"docker", inner, "", "docker-" + inner + ".scope"}},
    });
}

TEST(CgroupPlace, Podman)
{
    const std::string scope = "libpod-" + id + ".scope";
    expect({
        {"/machine.slice/" + scope, {"podman", id, "", scope}},
        {"/machine.slice/" + scope + "/container", {"podman", id, "", scope}},
        {"/user.slice/user-1000.slice/user@1000.service/user.slice/" + scope + "/container",
         {"podman", id, "", scope}},
        {"/libpod_parent/libpod-" + id, {"podman", id, "", ""}},
        {"/machine.slice/machine-libpod_pod_" + inner + ".slice/" + scope, {"podman", id, inner, scope}},
        // The monitor is not in the container.
        {"/machine.slice/libpod-conmon-" + id + ".scope", {"", "", "", "libpod-conmon-" + id + ".scope"}},
    });
}

TEST(CgroupPlace, Kubernetes)
{
    const std::string scope = "cri-containerd-" + id + ".scope";
    expect({
        {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_in_slice + ".slice/" + scope,
         {"containerd", id, uid, scope}},
        {"/kubepods.slice/kubepods-pod" + uid_in_slice + ".slice/" + scope, {"containerd", id, uid, scope}},
        {"/kubepods/burstable/pod" + uid + "/" + id, {"containerd", id, uid, ""}},
        {"/kubepods/pod" + static_pod + "/" + id, {"containerd", id, static_pod, ""}},
        {"/kubepods/besteffort/pod" + uid, {"", "", uid, ""}},
        {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + uid_in_slice + ".slice/crio-" +
             id + ".scope",
         {"cri-o", id, uid, "crio-" + id + ".scope"}},
        {"/kubepods/burstable/pod" + uid + "/crio-" + id, {"cri-o", id, uid, ""}},
        {"/kubepods/burstable/pod" + uid + "/crio-conmon-" + id, {"", "", uid, ""}},
        {"/system.slice/crio-conmon-" + id + ".scope", {"", "", "", "crio-conmon-" + id + ".scope"}},
        // containerd told to use systemd, runc not.
        {"/system.slice/containerd.service/kubepods-burstable-pod" + uid_in_slice +
             ".slice:cri-containerd:" + id,
         {"containerd", id, uid, "containerd.service"}},
    });
}

TEST(CgroupPlace, ContainerdWithoutKubernetes)
{
    expect({
        {"/system.slice/nerdctl-" + id + ".scope", {"containerd", id, "", "nerdctl-" + id + ".scope"}},
        {"/default/" + id, {"containerd", id, "", ""}},
        {"/k8s.io/" + id, {"containerd", id, "", ""}},
    });
}

TEST(CgroupPlace, KindIsAPodInAContainer)
{
    const std::string node = "/system.slice/docker-" + inner + ".scope";
    const std::string scope = "cri-containerd-" + id + ".scope";
    expect({
        {node +
             "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
             "kubelet-kubepods-burstable-pod" +
             uid_in_slice + ".slice/" + scope,
         {"containerd", id, uid, scope}},
        {"/docker/" + inner + "/kubelet/kubepods/besteffort/pod" + uid + "/" + id,
         {"containerd", id, uid, ""}},
        {node + "/system.slice/kubelet.service", {"docker", inner, "", "kubelet.service"}},
    });
}

TEST(CgroupPlace, MachinesOfSystemd)
{
    expect({
        {R"(/machine.slice/machine-web\x2dserver.scope)",
         {"systemd-nspawn", "web-server", "", R"(machine-web\x2dserver.scope)"}},
        {"/machine.slice/systemd-nspawn@web.service/payload",
         {"systemd-nspawn", "web", "", "systemd-nspawn@web.service"}},
        {"/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service",
         {"systemd-nspawn", "web", "", "nginx.service"}},
        {"/machine.slice/systemd-nspawn@web.service/supervisor", {"", "", "", "systemd-nspawn@web.service"}},
        // A virtual machine is no container.
        {R"(/machine.slice/machine-qemu\x2d1\x2dvm.scope)", {"", "", "", R"(machine-qemu\x2d1\x2dvm.scope)"}},
        {R"(/machine.slice/machine-lxc\x2d77\x2dweb.scope)",
         {"lxc", "lxc-77-web", "", R"(machine-lxc\x2d77\x2dweb.scope)"}},
    });
}

TEST(CgroupPlace, Lxc)
{
    expect({
        {"/lxc/web", {"lxc", "web", "", ""}},
        {"/lxc/101/ns", {"lxc", "101", "", ""}},
        {"/lxc/101/ns/system.slice/cron.service", {"lxc", "101", "", "cron.service"}},
        {"/lxc.payload.web/init.scope", {"lxc", "web", "", "init.scope"}},
        {"/lxc.payload/web", {"lxc", "web", "", ""}},
        {"/lxc.monitor.web", {}},
        {"/lxc", {}},
        {"/lxc.payload.", {}},
        {"/lxc.payload.web/docker/" + id, {"docker", id, "", ""}},
        // A name means something only where it was given.
        {"/lxc/web/ns/lxc/inner", {"lxc", "web/inner", "", ""}},
        {"/docker/" + id + "/lxc/inner", {"lxc", id + "/inner", "", ""}},
    });
}

TEST(CgroupPlace, NoContainer)
{
    expect({
        {"", {}},
        {"/", {}},
        {"/user.slice", {}},
        {"/init.scope", {"", "", "", "init.scope"}},
        {"/system.slice/ssh.service", {"", "", "", "ssh.service"}},
        {R"(/system.slice/system-getty.slice/getty@tty1.service)", {"", "", "", "getty@tty1.service"}},
        {"/system.slice/run-docker-netns-default.mount", {"", "", "", "run-docker-netns-default.mount"}},
        {"/system.slice/docker.service", {"", "", "", "docker.service"}},
        {"/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-77.scope",
         {"", "", "", "app-firefox-77.scope"}},
        {"/system.slice/_cpu.service", {"", "", "", "cpu.service"}},
        {"/kubepods.slice", {}},
        {"/kubepods/podinfo/x", {}},
        {"/.service", {}},
        {"/docker", {}},
    });
}

TEST(CgroupPlace, HostileTextIsNoContainer)
{
    expect({
        {"/docker/" + id + "a", {}},
        {"/docker/" + id.substr(1), {}},
        {"/docker/" + std::string(64, 'A'), {}},
        {"/docker/" + std::string(64, '.'), {}},
        {"/system.slice/docker-.scope", {"", "", "", "docker-.scope"}},
        {"/system.slice/docker-" + id.substr(2) + "/x/..", {}},
        {"/docker\n/" + id + "\n", {}},
        {"/kubepods/pod" + uid + "x/y", {}},
        {"/kubepods/pod" + uid.substr(1), {}},
        {"/kubepods/pod" + std::string(36, '-'), {}},
        {"/machine.slice/machine-.scope", {"", "", "", "machine-.scope"}},
        {"/machine.slice/systemd-nspawn@.service", {"", "", "", "systemd-nspawn@.service"}},
        {"/system.slice/a\nb.service", {}},
        {"/x/" + std::string(300, 'y') + ".service", {}},
        {"/lxc/" + std::string(300, 'y'), {}},
        {std::string(1 << 20, '/'), {}},
        {std::string(1 << 20, 'a'), {}},
        {std::string{"/docker/\0", 9} + id.substr(0, 63), {}},
    });
    // Escapes that are none stay, and none makes a control character.
    EXPECT_EQ(cgroup_place(R"(/machine.slice/machine-a\x2.scope)").container, R"(a\x2)");
    EXPECT_EQ(cgroup_place(R"(/machine.slice/machine-a\xzz.scope)").container, R"(a\xzz)");
    EXPECT_EQ(cgroup_place(R"(/machine.slice/machine-a\x0ab\x1b.scope)").container, R"(a\x0ab\x1b)");
    EXPECT_EQ(cgroup_place(R"(/machine.slice/machine-a\x.scope)").container, R"(a\x)");
}

// Texts that are nearly right, from the pieces of right ones.
TEST(CgroupPlace, NoTextIsTooMuch)
{
    const std::vector<std::string> pieces = {"/",
                                             "docker",
                                             "docker-",
                                             id,
                                             inner,
                                             ".scope",
                                             ".slice",
                                             "kubepods",
                                             "-pod",
                                             uid,
                                             "pod",
                                             "libpod-",
                                             "libpod_pod_",
                                             "conmon-",
                                             "crio-",
                                             "lxc",
                                             "lxc.payload.",
                                             "machine.slice",
                                             "machine-",
                                             R"(\x2d)",
                                             R"(\x)",
                                             "systemd-nspawn@",
                                             ".service",
                                             "supervisor",
                                             ":cri-containerd:",
                                             "\n",
                                             "_",
                                             "..",
                                             " (deleted)",
                                             std::string{"\0", 1},
                                             "\xff",
                                             "0::",
                                             "4:memory:",
                                             uid_in_slice,
                                             "1:name=systemd:",
                                             "/docker/",
                                             "/machine.slice/machine-",
                                             "/lxc/",
                                             "/kubepods/pod" + uid + "/",
                                             "/libpod-" + id + ".scope"};
    std::mt19937 random{20240229};
    std::size_t containers = 0;
    for (int round = 0; round < 20000; round++) {
        std::string text;
        for (auto left = random() % 12; left != 0; left--)
            text += pieces[random() % pieces.size()];
        for (auto left = random() % 3; left != 0 && !text.empty(); left--)
            text[random() % text.size()] = static_cast<char>(random());
        const CgroupPlace place = cgroup_place(text);
        const std::string path = cgroup_path(text);
        EXPECT_NE(text.find(path), std::string::npos);
        containers += place.container.empty() ? 0u : 1u;
        if (place.container.empty()) {
            EXPECT_EQ(place.runtime, "") << text;
        } else if (place.runtime != "lxc" && place.runtime != "systemd-nspawn") {
            EXPECT_TRUE(is_container_id(place.container)) << text;
            EXPECT_NE(text.find(place.container), std::string::npos) << text;
        }
        EXPECT_LE(place.container.size(), text.size());
        EXPECT_LE(place.unit.size(), 255u);
        EXPECT_NE(text.find(place.unit), std::string::npos) << text;
        EXPECT_EQ(place.unit.find('\n'), std::string::npos);
        EXPECT_TRUE(place.pod.empty() || place.pod.size() == 32 || place.pod.size() == 36 ||
                    is_container_id(place.pod))
            << text;
        // A removed cgroup is where it was.
        if (!text.ends_with(" (deleted)")) {
            EXPECT_EQ(cgroup_place(text + " (deleted)"), place) << text;
        }
    }
    EXPECT_GT(containers, 1000u) << "the texts are too wrong to test anything";
}

} // namespace
} // namespace memory_collector
