// SPDX-License-Identifier: GPL-2.0-only
#include "host/container_names.h"

#include "support/clock.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace memory_collector {
namespace {

const std::string id(64, 'a');
const std::string other(64, 'b');
const std::string docker = "/var/lib/docker/containers/" + id + "/config.v2.json";
const std::string storage = "/var/lib/containers/storage/overlay-containers/containers.json";
const std::string bundle = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id + "/config.json";

class Names : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = ::testing::TempDir() + "names.XXXXXX";
        root = ::mkdtemp(name.data());
        names = ContainerNames{HostPaths{root}};
    }
    void TearDown() override { std::filesystem::remove_all(root); }

    void write(const std::string &path, const std::string &text)
    {
        std::filesystem::create_directories(std::filesystem::path{root + path}.parent_path());
        std::ofstream{root + path, std::ios::binary} << text;
    }
    // As "RUNTIME NAME", never from the cache.
    std::string found(const std::string &of = id)
    {
        now += 60 * ns_per_s;
        const auto name = names.find(of, now);
        return name ? std::string{name->runtime} + " " + name->name : "nothing";
    }

    std::string root;
    ContainerNames names;
    std::uint64_t now = 0;
};

TEST_F(Names, OfNobodyWithoutARuntime)
{
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Names, OfDocker)
{
    write(docker, R"({"StreamConfig":{},"State":{"Running":true},"ID":")" + id +
                      R"(","Config":{"Hostname":"h","Name":"no"},"Name":"/web_1","Driver":"overlay2"})");
    EXPECT_EQ(found(), "docker web_1");
    EXPECT_EQ(found(other), "nothing");
}

TEST_F(Names, OfPodmanAndCrio)
{
    write(storage, R"([{"id":")" + other + R"(","names":["db","alias"],"image":"i","layer":"l",)" +
                       R"("metadata":"{\"image-name\":\"x\"}","created":"2026-01-01T00:00:00Z"},{"id":")" +
                       id + R"(","names":["k8s_nginx_web_default_8a2e_0"]}])");
    EXPECT_EQ(found(), " k8s_nginx_web_default_8a2e_0");
    EXPECT_EQ(found(other), " db");
    write("/var/lib/containers/storage/overlay-containers/volatile-containers.json",
          R"([{"id":")" + std::string(64, 'c') + R"(","names":["gone-at-reboot"]}])");
    EXPECT_EQ(found(std::string(64, 'c')), " gone-at-reboot");
}

TEST_F(Names, OfContainerd)
{
    write(bundle,
          R"({"ociVersion":"1.1.0","annotations":{"io.kubernetes.cri.container-name":"nginx",)"
          R"("io.kubernetes.cri.sandbox-name":"web-0","io.kubernetes.cri.sandbox-namespace":"shop"}})");
    EXPECT_EQ(found(), "containerd shop/web-0/nginx");
    write(bundle, R"({"annotations":{"io.kubernetes.cri.sandbox-name":"web-0",)"
                  R"("io.kubernetes.cri.sandbox-namespace":"shop"}})");
    EXPECT_EQ(found(), "containerd shop/web-0");
    write(bundle, R"({"annotations":{"nerdctl/name":"cache"}})");
    EXPECT_EQ(found(), "containerd cache");
    write(bundle, R"({"annotations":[]})");
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Names, WhatIsNoRecordIsNoName)
{
    const std::string deep(100'000, '[');
    for (const std::string &text :
         {std::string{}, std::string{"{"}, std::string{"null"}, std::string{"[]"},
          std::string{R"({"Name":7})"}, std::string{R"({"Name":""})"}, std::string{R"({"Name":"/"})"},
          std::string{"{\"Name\":\"\xff\xfe\"}"}, R"({"Name":")" + std::string(2000, 'n') + R"("})", deep,
          R"([{"id":7,"names":["x"]},{"id":"../../etc","names":["x"]},{"id":")" + id +
              R"(","names":[]},7,null])",
          R"([{"id":")" + id + R"(","names":"x"}])", R"([{"id":")" + id + R"("}])"}) {
        write(docker, text);
        write(storage, text);
        write(bundle, text);
        EXPECT_EQ(found(), "nothing") << text.substr(0, 80);
    }
}

TEST_F(Names, OnlyWholeFilesOfABoundedSize)
{
    write(docker, R"({"Name":"/web","Padding":")" + std::string(2 << 20, 'x') + R"("})");
    EXPECT_EQ(found(), "nothing");
    write(storage,
          R"([{"id":")" + id + R"(","names":["db"],"metadata":")" + std::string(9 << 20, 'x') + R"("}])");
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Names, NoLinkAndNoPipeIsOpened)
{
    write("/elsewhere", R"({"Name":"/stolen"})");
    std::filesystem::create_directories(std::filesystem::path{root + docker}.parent_path());
    ASSERT_EQ(::symlink((root + "/elsewhere").c_str(), (root + docker).c_str()), 0);
    EXPECT_EQ(found(), "nothing");
    std::filesystem::remove(root + docker);
    // Nobody ever writes to it: a reader that waits would wait for ever.
    ASSERT_EQ(::mkfifo((root + docker).c_str(), 0600), 0);
    EXPECT_EQ(found(), "nothing");
    std::filesystem::remove(root + docker);
    std::filesystem::create_directory(root + docker);
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Names, NoFileOfAnotherUserIsRead)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root gives files away";
    write(docker, R"({"Name":"/web"})");
    EXPECT_EQ(found(), "docker web");
    ASSERT_EQ(::chown((root + docker).c_str(), 12345, 12345), 0);
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Names, AnIdThatIsNoneReadsNothing)
{
    write("/var/lib/docker/containers/../x/config.v2.json", R"({"Name":"/web"})");
    EXPECT_EQ(found("../x"), "nothing");
    EXPECT_EQ(found(""), "nothing");
    EXPECT_EQ(found(std::string(64, '.')), "nothing");
}

TEST_F(Names, AnswersAreKeptForAWhile)
{
    const std::uint64_t begin = 1000 * ns_per_s;
    EXPECT_FALSE(names.find(id, begin));
    write(docker, R"({"Name":"/web"})");
    EXPECT_FALSE(names.find(id, begin + ns_per_s)) << "not read for every process of the container";
    ASSERT_TRUE(names.find(id, begin + 31 * ns_per_s));
    write(docker, R"({"Name":"/renamed"})");
    EXPECT_EQ(names.find(id, begin + 32 * ns_per_s)->name, "web");
    EXPECT_EQ(names.find(id, begin + 62 * ns_per_s)->name, "renamed");
}

TEST_F(Names, AListIsReadAgainWhenItWasReplaced)
{
    write(storage, R"([{"id":")" + id + R"(","names":["one"]}])");
    EXPECT_EQ(found(), " one");
    // As the libraries of these runtimes do it.
    write("/new", R"([{"id":")" + id + R"(","names":["two"]}])");
    std::filesystem::rename(root + "/new", root + storage);
    EXPECT_EQ(found(), " two");
    std::filesystem::remove(root + storage);
    EXPECT_EQ(found(), "nothing");
}

TEST_F(Names, ManyContainersDoNotGrowTheCacheForEver)
{
    write(docker, R"({"Name":"/web"})");
    for (unsigned i = 0; i < 10'000; i++) {
        std::string one = std::to_string(i);
        one.insert(0, 64 - one.size(), '0');
        EXPECT_FALSE(names.find(one, 1));
    }
    EXPECT_EQ(names.find(id, 1)->name, "web");
}

} // namespace
} // namespace memory_collector
