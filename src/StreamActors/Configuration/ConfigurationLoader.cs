using StreamActors.Cluster.Hosting;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Configuration;

/// <summary>Puts the layers of the configuration together: Akka's part and the reference, the file, the command line.</summary>
public static class ConfigurationLoader
{
    private const string ReferenceName = "reference.conf";

    /// <exception cref="ConfigurationException">Something is not HOCON, not known or not valid.</exception>
    public static ServerSettings Load(ConfigurationSources sources, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var problems = new List<string>();
        HoconObject root;
        try
        {
            var document = Defaults();
            if (sources.File is not null)
                document.AddFile(sources.File);
            foreach (var set in sources.Sets ?? [])
                CommandLineSettings.Apply(document, set, problems);
            if (sources.Data is not null)
                document.SetText("--data", ["streamactors", "data"], sources.Data).SetText("--data", [.. KafkaSettings.Path, "log.dirs"], "null");
            if (problems.Count > 0)
                throw new ConfigurationException(problems);
            root = document.Resolve(environment);
        }
        catch (HoconException e)
        {
            throw new ConfigurationException([e.Message]);
        }

        problems.AddRange(KnownSettings.Check(root));
        var reader = new SettingsReader(root, problems);
        var settings = ServerSettingsReader.Read(reader, sources.Port);
        return problems.Count > 0 ? throw new ConfigurationException(problems) : settings;
    }

    /// <summary>The reference alone: every setting that there is.</summary>
    public static HoconObject Reference() => LazyReference.Value;

    private static readonly Lazy<HoconObject> LazyReference = new(() => Defaults().Resolve(_ => null));

    private static HoconDocument Defaults() => new HoconDocument([.. KafkaSettings.Path]).Add("akka.conf", AkkaDefaults.Text).Add(ReferenceName, ReadReference());

    private static string ReadReference()
    {
        using var stream = typeof(ConfigurationLoader).Assembly.GetManifestResourceStream(ReferenceName)
            ?? throw new InvalidOperationException($"{ReferenceName} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
