using System.Globalization;
using Microsoft.Extensions.Configuration;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Configuration;

/// <summary>Gives a tree to Microsoft.Extensions.Configuration: keys joined by colons, elements of arrays by their number.</summary>
public sealed class HoconConfigurationSource(HoconObject root) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(root);

    private sealed class Provider(HoconObject root) : ConfigurationProvider
    {
        public override void Load()
        {
            var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            Add(data, "", root);
            Data = data;
        }

        private static void Add(Dictionary<string, string?> data, string path, HoconValue value)
        {
            switch (value)
            {
                case HoconObject group:
                    foreach (var (key, child) in group.Fields)
                        Add(data, Join(path, key), child);
                    break;
                case HoconArray array:
                    for (var i = 0; i < array.Items.Length; i++)
                        Add(data, Join(path, i.ToString(CultureInfo.InvariantCulture)), array.Items[i]);
                    break;
                case HoconScalar scalar:
                    data[path] = scalar.IsNull ? null : scalar.Text;
                    break;
            }
        }

        private static string Join(string path, string key) => path.Length == 0 ? key : ConfigurationPath.Combine(path, key);
    }
}
