namespace StreamActors.Configuration;

/// <summary>What the command line says about configuration.</summary>
/// <param name="File">A HOCON file on top of the reference; null for none.</param>
/// <param name="Sets">PATH=VALUE, on top of both.</param>
/// <param name="Data">The data folder; null for what the files say.</param>
/// <param name="Port">The port of the first listener; null for what the files say.</param>
public sealed record ConfigurationSources(string? File = null, IReadOnlyList<string>? Sets = null, string? Data = null, int? Port = null);
