using System.Text;

namespace StreamActors.Configuration.Hocon;

/// <summary>Paths: keys joined by dots; what is in quotes is not split.</summary>
public static class HoconPath
{
    /// <summary>Splits a path as it stands in a file.</summary>
    /// <exception cref="HoconException">It is not a path.</exception>
    public static string[] Parse(string path, string source)
    {
        var text = new HoconText(source, path);
        var keys = Read(text);
        if (!text.AtEnd)
            throw text.Expected("the end of the path");
        return keys;
    }

    /// <summary>Joins keys, in quotes where they must be.</summary>
    public static string Render(IEnumerable<string> keys) => string.Join('.', keys.Select(key => IsPlain(key) ? key : HoconRenderer.Quote(key)));

    /// <summary>Reads up to what cannot belong to a path; blanks around it are dropped, those within belong to its keys.</summary>
    internal static string[] Read(HoconText text)
    {
        text.TakeBlanks();
        var start = text.Here;
        var keys = new List<string>();
        var key = new StringBuilder();
        var isQuoted = false;
        while (true)
        {
            var blanks = text.TakeBlanks();
            var isString = text.Peek == '"' && !text.AtEnd;
            if (!isString && text.EndsUnquoted)
                break;
            key.Append(blanks);
            if (isString)
            {
                key.Append(HoconStrings.Read(text));
                isQuoted = true;
            }
            else if (text.TryTake('.'))
            {
                Add();
            }
            else
            {
                key.Append(text.Next());
            }
        }

        if (keys.Count == 0 && key.Length == 0 && !isQuoted)
            throw text.Expected("a key");
        Add();
        return [.. keys];

        void Add()
        {
            if (key.Length == 0 && !isQuoted)
                throw new HoconException(start, "a path must not start or end with a dot, nor have two in a row; an empty key is written \"\"");
            if (keys.Count == HoconLimits.Depth)
                throw new HoconException(start, $"a path has at most {HoconLimits.Depth} keys");
            keys.Add(key.ToString());
            key.Clear();
            isQuoted = false;
        }
    }

    private static bool IsPlain(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
