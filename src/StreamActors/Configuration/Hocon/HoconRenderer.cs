using System.Globalization;
using System.Text;

namespace StreamActors.Configuration.Hocon;

/// <summary>Writes values as JSON, which every HOCON parser takes.</summary>
public static class HoconRenderer
{
    /// <summary>Text, numbers and booleans in their JSON form.</summary>
    public static string ToJson(HoconValue value)
    {
        var output = new StringBuilder();
        Write(output, value, everythingQuoted: false);
        return output.ToString();
    }

    /// <summary>
    /// For Akka, whose own parser neither checks nor positions what it reads: every key and value in quotes, nothing left to resolve; keys
    /// without a value are left out, since that parser would read the word null.
    /// </summary>
    public static string ToAkka(HoconObject value)
    {
        var output = new StringBuilder();
        Write(output, value, everythingQuoted: true);
        return output.ToString();
    }

    internal static string Quote(string text)
    {
        var output = new StringBuilder();
        WriteQuoted(output, text);
        return output.ToString();
    }

    private static void Write(StringBuilder output, HoconValue value, bool everythingQuoted)
    {
        switch (value)
        {
            case HoconObject node:
                output.Append('{');
                var fields = node.Fields.Where(field => !everythingQuoted || field.Value is not HoconScalar { IsNull: true });
                WriteAll(output, fields, field =>
                {
                    WriteQuoted(output, field.Key);
                    output.Append(" : ");
                    Write(output, field.Value, everythingQuoted);
                });
                output.Append('}');
                break;
            case HoconArray array:
                output.Append('[');
                WriteAll(output, array.Items, item => Write(output, item, everythingQuoted));
                output.Append(']');
                break;
            case HoconScalar scalar when !everythingQuoted && (scalar.IsNull || scalar.IsBoolean || IsJsonNumber(scalar)):
                output.Append(scalar.Text);
                break;
            default:
                WriteQuoted(output, ((HoconScalar)value).Text);
                break;
        }
    }

    private static void WriteAll<T>(StringBuilder output, IEnumerable<T> items, Action<T> write)
    {
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
                output.Append(", ");
            isFirst = false;
            write(item);
        }
    }

    /// <summary>Numbers with leading zeros are numbers here, but not in JSON.</summary>
    private static bool IsJsonNumber(HoconScalar scalar)
    {
        var digits = scalar.Text.AsSpan().TrimStart('-');
        return scalar.IsNumber && !(digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1])) && !scalar.Text.Contains(".e", StringComparison.OrdinalIgnoreCase);
    }

    private static void WriteQuoted(StringBuilder output, string text)
    {
        output.Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    output.Append('\\').Append(c);
                    break;
                case '\n':
                    output.Append("\\n");
                    break;
                case '\r':
                    output.Append("\\r");
                    break;
                case '\t':
                    output.Append("\\t");
                    break;
                case < ' ' or '\u007F' or '\u2028' or '\u2029' or (>= '\uD800' and <= '\uDFFF') or '\uFEFF':
                    output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    output.Append(c);
                    break;
            }
        }

        output.Append('"');
    }
}
