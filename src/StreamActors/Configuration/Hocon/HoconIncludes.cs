namespace StreamActors.Configuration.Hocon;

/// <summary>Reads files, and the files that they include. A file is looked for beside the one that includes it.</summary>
internal sealed class HoconIncludes(string folder, HoconIncludes? parent = null, string? file = null)
{
    private static readonly string[] Extensions = [".conf", ".json"];

    private readonly int _depth = parent is null ? 0 : parent._depth + 1;

    public static HoconObjectNode ReadFile(string path)
    {
        var full = Path.GetFullPath(path);
        var includes = new HoconIncludes(Path.GetDirectoryName(full)!, null, full);
        return HoconParser.ParseDocument(path, ReadText(full, HoconOrigin.Of(path)), includes, []);
    }

    /// <summary>Whether an include stands here: the bare word, then a blank or a quote.</summary>
    public static bool StandsAt(HoconText text)
    {
        const string word = "include";
        return text.StartsWith(word) && (text.StartsWith(word + "\"") || text.StartsWith(word + " ") || text.StartsWith(word + "\t"));
    }

    public void Read(HoconText text, HoconObjectNode into, string[] path)
    {
        var origin = text.Here;
        text.Skip("include".Length);
        text.TakeBlanks();
        var (name, isRequired) = ReadTarget(text);
        var found = Find(name);
        if (found is null)
        {
            if (isRequired)
                throw new HoconException(origin, $"the file {Path.Combine(folder, name)} that is included here does not exist");
            return;
        }

        for (var each = this; each is not null; each = each.Parent)
        {
            if (each.File == found)
                throw new HoconException(origin, $"{found} includes itself");
        }

        if (_depth + 1 >= HoconLimits.IncludeDepth)
            throw new HoconException(origin, $"files include each other deeper than {HoconLimits.IncludeDepth} levels");
        var inner = new HoconIncludes(Path.GetDirectoryName(found)!, this, found);
        into.Merge(HoconParser.ParseDocument(found, ReadText(found, origin), inner, path));
    }

    private HoconIncludes? Parent => parent;

    private string? File => file;

    /// <summary>"name", file("name"), required("name"), required(file("name")).</summary>
    private static (string Name, bool IsRequired) ReadTarget(HoconText text)
    {
        var isRequired = TryOpen(text, "required");
        var isFile = TryOpen(text, "file");
        if (text.StartsWith("url(") || text.StartsWith("classpath("))
            throw new HoconException(text.Here, "only files can be included");
        if (text.Peek != '"' || text.AtEnd)
            throw text.Expected("a file name in quotes, file(\"...\") or required(...) after include (a key of that name goes in quotes)");
        var name = HoconStrings.Read(text);
        if (isFile)
            Close(text);
        if (isRequired)
            Close(text);
        return (name, isRequired);
    }

    private static bool TryOpen(HoconText text, string word)
    {
        if (!text.StartsWith(word + "("))
            return false;
        text.Skip(word.Length + 1);
        text.TakeBlanks();
        return true;
    }

    private static void Close(HoconText text)
    {
        text.TakeBlanks();
        if (!text.TryTake(')'))
            throw text.Expected(")");
    }

    private string? Find(string name)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            return null;
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (System.IO.File.Exists(path))
            return path;
        return Path.HasExtension(path) ? null : Extensions.Select(extension => path + extension).FirstOrDefault(System.IO.File.Exists);
    }

    private static string ReadText(string path, HoconOrigin origin)
    {
        try
        {
            if (new FileInfo(path).Length > HoconLimits.FileBytes)
                throw new HoconException(origin, $"{path} is larger than {HoconLimits.FileBytes} bytes");
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(origin, $"cannot read {path}: {e.Message}", e);
        }
    }
}
