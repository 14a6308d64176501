using System.Globalization;
using System.Text;

namespace StreamActors.Configuration.Hocon;

/// <summary>Reads text in quotes.</summary>
internal static class HoconStrings
{
    private const string TripleQuote = "\"\"\"";

    public static string Read(HoconText text) => text.StartsWith(TripleQuote) ? ReadRaw(text) : ReadEscaped(text);

    private static string ReadEscaped(HoconText text)
    {
        var start = text.Here;
        text.Next();
        var result = new StringBuilder();
        while (true)
        {
            if (text.AtEnd || text.Peek == '\n')
                throw new HoconException(start, "the text that starts here has no closing quote on its line");
            var origin = text.Here;
            var c = text.Next();
            if (c == '"')
                return result.ToString();
            if (c == '\\')
                result.Append(ReadEscape(text, origin));
            else if (c < ' ' && c != '\t')
                throw new HoconException(origin, $"control character U+{(int)c:X4} in quotes: write it as \\u{(int)c:x4}");
            else
                result.Append(c);
        }
    }

    private static char ReadEscape(HoconText text, HoconOrigin origin)
    {
        if (text.AtEnd)
            throw new HoconException(origin, "the text ends within an escape");
        var c = text.Next();
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                var code = 0;
                for (var i = 0; i < 4; i++)
                {
                    if (text.AtEnd || !char.IsAsciiHexDigit(text.Peek))
                        throw text.Expected("four hexadecimal digits after \\u");
                    code = (code << 4) | int.Parse([text.Next()], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                }

                return (char)code;
            default:
                throw new HoconException(origin, $"unknown escape \\{c}: valid are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits");
        }
    }

    /// <summary>Triple quotes: everything counts as it stands; quotes beyond the closing three belong to the text.</summary>
    private static string ReadRaw(HoconText text)
    {
        var start = text.Here;
        text.Skip(TripleQuote.Length);
        var result = new StringBuilder();
        while (!text.StartsWith(TripleQuote))
        {
            if (text.AtEnd)
                throw new HoconException(start, "the text that starts here has no closing \"\"\"");
            result.Append(text.Next());
        }

        text.Skip(TripleQuote.Length);
        while (text.TryTake('"'))
            result.Append('"');
        return result.ToString();
    }
}
