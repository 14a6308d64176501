using Microsoft.Extensions.Configuration;
using StreamActors.Configuration;
using StreamActors.Configuration.Hocon;
using ConfigurationFactory = Akka.Configuration.ConfigurationFactory;

namespace StreamActors.Tests.Configuration;

public sealed class ServerSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamactors-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_a_file_a_node_is_alone_on_loopback()
    {
        var settings = Load();
        Assert.Equal(1, settings.NodeId);
        Assert.True(settings.IsBroker && settings.IsController);
        Assert.Null(settings.Rack);
        Assert.Equal([Path.GetFullPath("./data")], settings.DataFolders.AsEnumerable());
        Assert.Equal(new ListenerSettings("PLAINTEXT", SecurityProtocol.Plaintext, "localhost", 9092, "localhost", 9092), Assert.Single(settings.Listeners));
        Assert.Equal(("127.0.0.1", 0), (settings.Cluster.Host, settings.Cluster.Port));
        Assert.Empty(settings.Cluster.SeedNodes);
        Assert.Equal(TimeSpan.FromMinutes(2), settings.Replicas.PassivateAfter);
        Assert.Equal(104857600, settings.Connections.MaxFrameBytes);
        Assert.Equal(TimeSpan.FromMinutes(10), settings.Connections.IdleDeadline);
        Assert.Equal(20971520, settings.Controller.SnapshotAfterBytes);
    }

    [Fact]
    public void The_file_wins_over_the_defaults_and_the_command_line_over_both()
    {
        var file = Write("streamactors { data = /srv/sa, kafka { num.partitions = 3, default.replication.factor = 2, log.retention.ms = 7d, socket.request.max.bytes = 1 MiB } }");
        var settings = Load(file, ["num.partitions=6", "streamactors.replicas.passivate-after=5 minutes"]);
        Assert.Equal(["/srv/sa"], settings.DataFolders.AsEnumerable());
        Assert.Equal("6", settings.Kafka["num.partitions"]);
        Assert.Equal("604800000", settings.Kafka["log.retention.ms"]);
        Assert.Equal(6, settings.Controller.DefaultPartitions);
        Assert.Equal(2, settings.Controller.DefaultReplicationFactor);
        Assert.Equal(1 << 20, settings.Connections.MaxFrameBytes);
        Assert.Equal(TimeSpan.FromMinutes(5), settings.Replicas.PassivateAfter);
    }

    [Fact]
    public void Data_and_port_of_the_command_line_win_over_all()
    {
        var file = Write("streamactors.kafka { log.dirs = [/a, /b], listeners = [\"IN://127.0.0.1:1\", \"OUT://127.0.0.1:2\"], listener.security.protocol.map = \"IN:PLAINTEXT,OUT:SSL\" }");
        Assert.Equal(["/a", "/b"], Load(file).DataFolders.AsEnumerable());
        var settings = ConfigurationLoader.Load(new ConfigurationSources(file, null, "/c", 77), _ => null);
        Assert.Equal(["/c"], settings.DataFolders.AsEnumerable());
        Assert.Equal(["IN://127.0.0.1:77", "OUT://127.0.0.1:2"], settings.Listeners.Select(listener => listener.ToString()));
        Assert.Equal("IN://127.0.0.1:77,OUT://127.0.0.1:2", settings.Kafka["listeners"]);
        Assert.Equal(SecurityProtocol.Ssl, settings.Listeners[1].Protocol);
    }

    [Fact]
    public void A_setting_may_begin_like_another()
    {
        var settings = Load(Write("streamactors.kafka { max.connections = 5, max.connections.per.ip = 3, max.connections.per.ip.overrides = \"127.0.0.1:9\" }"));
        Assert.Equal((5, 3, 9), (settings.Connections.MaxConnections, settings.Connections.MaxConnectionsPerIp, settings.Connections.MaxConnectionsPerIpOverrides.Values.Single()));
    }

    [Theory]
    [InlineData("PLAINTEXT://:9092", "", null, 9092)]
    [InlineData("plaintext://0.0.0.0:0", "0.0.0.0", null, 0)]
    [InlineData("PLAINTEXT://[::1]:9092", "::1", "::1", 9092)]
    [InlineData("PLAINTEXT://kafka.example:9092", "kafka.example", "kafka.example", 9092)]
    public void Clients_are_told_an_address_that_they_can_connect_to(string listeners, string host, string? advertised, int port)
    {
        var listener = Assert.Single(Load(null, ["listeners=" + listeners]).Listeners);
        Assert.Equal((host, port), (listener.Host, listener.Port));
        Assert.Equal(advertised ?? System.Net.Dns.GetHostName(), listener.AdvertisedHost);
    }

    [Fact]
    public void Advertised_listeners_are_what_clients_are_told()
    {
        var listener = Assert.Single(Load(null, ["listeners=PLAINTEXT://:9092", "advertised.listeners=PLAINTEXT://broker.example:19092"]).Listeners);
        Assert.Equal(("broker.example", 19092), (listener.AdvertisedHost, listener.AdvertisedPort));
    }

    [Theory]
    [InlineData("streamactors.replicas.pasivate-after = 1s", "f:1:40: unknown setting streamactors.replicas.pasivate-after; did you mean streamactors.replicas.passivate-after?")]
    [InlineData("streamactors.num.partitions = 1", "f:1:31: unknown setting streamactors.num; did you mean")]
    [InlineData("streamactors.kafka.num.partitons = 1", "f:1:36: unknown setting streamactors.kafka.num.partitons; did you mean num.partitions?")]
    [InlineData("streamactor.data = x", "f:1:20: unknown setting streamactor; did you mean streamactors?")]
    [InlineData("num.partitions = 1", "f:1:18: num.partitions has no effect here; did you mean streamactors.kafka.num.partitions?")]
    [InlineData("streamactors.kafka.num.partitions = many", "f:1:37: Invalid value many for configuration num.partitions: not a number of type INT")]
    [InlineData("streamactors.kafka.num.partitions = 0", "f:1:37: Invalid value 0 for configuration num.partitions: must be at least 1")]
    [InlineData("streamactors.kafka.leader.replication.throttled.rate = 1", "f:1:56: leader.replication.throttled.rate can only be set while brokers run")]
    [InlineData("streamactors.replicas.passivate-after = soon", "f:1:41: streamactors.replicas.passivate-after must be a duration such as 500ms, 10s, 5 minutes, 1h or 7d, at most 24d, but is 'soon'")]
    [InlineData("streamactors.replicas.passivate-after = -1s", "f:1:41: streamactors.replicas.passivate-after must be a duration")]
    [InlineData("streamactors.connections.bytes-in-flight = lots", "f:1:44: streamactors.connections.bytes-in-flight must be a size such as 512k, 64 KiB or 1 MB, at least 1, but is 'lots'")]
    [InlineData("streamactors.cluster.port = 70000", "f:1:29: streamactors.cluster.port must be a whole number from 0 to 65535, but is '70000'")]
    [InlineData("streamactors.cluster.seed-nodes = [one]", "f:1:35: streamactors.cluster.seed-nodes must be a list of host:port, but has 'one'")]
    [InlineData("streamactors.cluster = 1", "f:1:24: streamactors.cluster is a group of settings, not a number")]
    [InlineData("streamactors.data { x = 1 }", "f:1:19: streamactors.data is one setting, not a group of them")]
    [InlineData("streamactors.kafka = 1", "f:1:22: streamactors.kafka is a group of settings, not a number")]
    [InlineData("streamactors.kafka.listeners = nowhere", "f:1:32: listeners must be NAME://host:port, comma separated, but has 'nowhere'")]
    [InlineData("streamactors.kafka.listeners = \"IN://localhost:1\"", "f:1:32: listeners has IN, for which listener.security.protocol.map has no protocol")]
    [InlineData("streamactors.kafka.listeners = \"\"", "f:1:32: listeners must name at least one listener")]
    [InlineData("streamactors.kafka.listeners = \"SSL://localhost:1,PLAINTEXT://localhost:1\"", "f:1:32: listeners uses port 1 more than once")]
    [InlineData("streamactors.kafka.advertised.listeners = \"PLAINTEXT://0.0.0.0:1\"", "f:1:43: advertised.listeners has no address for PLAINTEXT that a client could connect to")]
    [InlineData("streamactors.kafka.process.roles = controller", "f:1:36: process.roles must contain broker")]
    [InlineData("streamactors.kafka.log.dirs = [/x, /x/]", "f:1:31: log.dirs names /x/ twice")]
    public void Says_which_setting_is_wrong_and_where(string text, string message)
    {
        var file = Write(text);
        var error = Assert.Throws<ConfigurationException>(() => Load(file));
        Assert.Contains(error.Problems, problem => problem.Replace(file, "f", StringComparison.Ordinal).StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Says_all_that_is_wrong_at_once()
    {
        var error = Assert.Throws<ConfigurationException>(() => Load(Write("streamactors { dta = x, cluster.port = x, kafka.num.partitions = x }")));
        Assert.Equal(3, error.Problems.Count);
    }

    [Theory]
    [InlineData("num.partitons=3", "--set num.partitons: unknown setting num.partitons; did you mean num.partitions?")]
    [InlineData("replicas.passivate-after=3", "--set replicas.passivate-after: unknown setting replicas.passivate-after; did you mean streamactors.replicas.passivate-after?")]
    [InlineData("num.partitions", "--set num.partitions: expected PATH=VALUE")]
    [InlineData("=3", "--set =3: expected PATH=VALUE")]
    [InlineData("num.partitions=x", "--set num.partitions: Invalid value x for configuration num.partitions: not a number of type INT")]
    [InlineData("akka..x=1", "--set akka..x:1:1: a path must not start or end with a dot, nor have two in a row; an empty key is written \"\"")]
    [InlineData("akka.x=[1", "--set akka.x:1:1: what is opened here is never closed by ]")]
    public void Says_what_is_wrong_on_the_command_line(string set, string message) =>
        Assert.Equal([message], Assert.Throws<ConfigurationException>(() => Load(null, [set])).Problems);

    [Fact]
    public void Under_akka_anything_goes()
    {
        var settings = Load(Write("akka { loglevel = DEBUG, my.own { thing = [1, 2] } }"), ["akka.cluster.roles=[a, b]", "akka.x={y : ${akka.loglevel}}"]);
        var akka = ConfigurationFactory.ParseString(settings.ToAkkaHocon());
        Assert.Equal("DEBUG", akka.GetString("akka.loglevel"));
        Assert.Equal("DEBUG", akka.GetString("akka.x.y"));
        Assert.Equal(["1", "2"], akka.GetStringList("akka.my.own.thing"));
        Assert.Equal(["a", "b"], akka.GetStringList("akka.cluster.roles"));
    }

    [Fact]
    public void Akka_reads_what_it_is_handed()
    {
        var akka = ConfigurationFactory.ParseString(Load(null, ["streamactors.cluster.port=27091"]).ToAkkaHocon());
        Assert.Equal("cluster", akka.GetString("akka.actor.provider"));
        Assert.Equal(27091, akka.GetInt("akka.remote.dot-netty.tcp.port"));
        Assert.Equal("127.0.0.1", akka.GetString("akka.remote.dot-netty.tcp.hostname"));
        Assert.False(akka.HasPath("akka.remote.dot-netty.tcp.public-port"));
        Assert.Equal(TimeSpan.FromMilliseconds(300), akka.GetTimeSpan("akka.cluster.failure-detector.heartbeat-interval"));
        Assert.Equal("json", akka.GetConfig("akka.actor.serialization-bindings").AsEnumerable().Single(pair => pair.Key == "System.Object").Value.GetString());
        Assert.True(akka.HasPath("streamactors.journal.class"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with \"quotes\", \\backslashes\\ and {braces} [brackets] ${dollars} # // comments")]
    [InlineData("lines\nand\ttabs")]
    [InlineData("ünïcödé")]
    [InlineData("")]
    public void Any_text_reaches_akka_as_it_is(string text)
    {
        var root = HoconDocument.Parse("akka { a = " + HoconRenderer.Quote(text) + ", \"k.e y\" = x, l = [" + HoconRenderer.Quote(text) + "], e {}, n = null }");
        var akka = ConfigurationFactory.ParseString(HoconRenderer.ToAkka(root)).GetConfig("akka");
        Assert.Equal(text, akka.GetString("a"));
        Assert.Equal([text], akka.GetStringList("l"));
        Assert.Equal("x", akka.AsEnumerable().Single(pair => pair.Key == "k.e y").Value.GetString());
        Assert.False(akka.HasPath("n"));
    }

    [Fact]
    public void Feeds_the_host_configuration()
    {
        var configuration = new ConfigurationBuilder().Add(new HoconConfigurationSource(Load(null, ["streamactors.cluster.seed-nodes=[\"a:1\", \"b:2\"]"]).Root)).Build();
        Assert.Equal("b:2", configuration["streamactors:cluster:seed-nodes:1"]);
        Assert.Equal("PLAINTEXT://localhost:9092", configuration["streamactors:kafka:listeners"]);
        Assert.Null(configuration["streamactors:cluster:public-host"]);
    }

    [Theory]
    [InlineData("single-node.conf")]
    [InlineData("three-nodes-loopback.conf")]
    [InlineData("sql-controller.conf")]
    public void The_ready_made_files_are_valid(string name)
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "hocon")))
            folder = Path.GetDirectoryName(folder)!;
        var variables = new Dictionary<string, string> { ["NODE"] = "2", ["ROLES"] = "broker" };
        var settings = ConfigurationLoader.Load(new ConfigurationSources(Path.Combine(folder, "hocon", name)), variables.GetValueOrDefault);
        Assert.Equal(name.StartsWith("three", StringComparison.Ordinal) ? "PLAINTEXT://localhost:19092" : "PLAINTEXT://localhost:9092", Assert.Single(settings.Listeners).ToString());
    }

    [Fact]
    public void Every_setting_of_the_reference_has_a_comment_above_it()
    {
        using var reader = new StreamReader(typeof(ServerSettings).Assembly.GetManifestResourceStream("reference.conf")!);
        var undocumented = new List<string>();
        var explained = false;
        while (reader.ReadLine()?.Trim() is { } line)
        {
            // A comment holds for the lines up to the next empty one.
            if (line.StartsWith('#'))
                explained = true;
            else if (line.Length == 0)
                explained = false;
            else if (line.Contains('=', StringComparison.Ordinal) && !explained && !line.Contains("${", StringComparison.Ordinal))
                undocumented.Add(line);
        }

        Assert.Empty(undocumented);
    }

    private ServerSettings Load(string? file = null, IReadOnlyList<string>? sets = null) => ConfigurationLoader.Load(new ConfigurationSources(file, sets), _ => null);

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "f.conf");
        File.WriteAllText(path, text);
        return path;
    }
}
