using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>The tensors of a model sorted into layers by their names.</summary>
internal sealed class LayerNaming
{
    private readonly List<LayerTensor>[] _layers;

    private LayerNaming(int layerCount, string? warning)
    {
        _layers = [.. Enumerable.Range(0, layerCount).Select(_ => new List<LayerTensor>())];
        Warning = warning;
    }

    /// <summary>Gets the number of layers; 0 when no name has a layer's number.</summary>
    public int LayerCount => _layers.Length;

    /// <summary>Gets the tensors outside the layers.</summary>
    public List<string> Outside { get; } = [];

    /// <summary>Gets the tensors of layers after the last that the configuration counts, such as those that predict further tokens.</summary>
    public List<string> Surplus { get; } = [];

    /// <summary>Gets how names and configuration differ, or null.</summary>
    public string? Warning { get; }

    /// <summary>Returns the tensors of a layer.</summary>
    /// <param name="index">The layer's number.</param>
    public IReadOnlyList<LayerTensor> Layer(int index) => _layers[index];

    /// <summary>Sorts a model's tensors.</summary>
    /// <param name="model">The model.</param>
    public static LayerNaming Of(TensorSet model) => Of(model.Names, model.Config?.LayerCount);

    /// <summary>Sorts tensors.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="configured">The number of layers that a configuration counts, if one does.</param>
    public static LayerNaming Of(IReadOnlyCollection<string> names, int? configured)
    {
        Dictionary<string, HashSet<int>> numbers = new(StringComparer.Ordinal);
        Dictionary<string, HashSet<int>>.AlternateLookup<ReadOnlySpan<char>> byPrefix = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string name in names)
        {
            if (TensorNames.TryGetLayer(name, out ReadOnlySpan<char> prefix, out int index, out _))
            {
                if (!byPrefix.TryGetValue(prefix, out HashSet<int>? seen))
                {
                    byPrefix[prefix] = seen = [];
                }

                seen.Add(index);
            }
        }

        LayerNaming naming = Count(numbers, configured);
        naming.Sort(names, numbers);
        return naming;
    }

    /// <summary>Counts the layers: as the configuration says if some prefix has them all, else as the prefix with most numbers has.</summary>
    private static LayerNaming Count(Dictionary<string, HashSet<int>> numbers, int? configured)
    {
        if (numbers.Count == 0)
        {
            return new LayerNaming(0, warning: null);
        }

        if (configured is > 0 and { } count && numbers.Values.Any(seen => HasAll(seen, count)))
        {
            return new LayerNaming(count, warning: null);
        }

        // Only a run from 0 makes layers: a stray number such as 'heads.1000000.weight' must not make a million of them.
        int named = numbers.Values.Max(Run);
        return new LayerNaming(
            named, configured is { } said && said != named ? $"config.json counts {said} layers, the tensors' names {named}; the names are followed" : null);
    }

    private static bool HasAll(HashSet<int> seen, int count) => seen.Count >= count && Run(seen) >= count;

    private static int Run(HashSet<int> seen)
    {
        int count = 0;
        while (seen.Contains(count))
        {
            count++;
        }

        return count;
    }

    private void Sort(IEnumerable<string> names, Dictionary<string, HashSet<int>> numbers)
    {
        // A prefix with fewer numbers (a vision tower beside the language model) is no stack of these layers: its tensors are outside.
        Dictionary<string, HashSet<int>> stacks = numbers.Where(item => LayerCount > 0 && HasAll(item.Value, LayerCount)).ToDictionary(StringComparer.Ordinal);
        Dictionary<string, HashSet<int>>.AlternateLookup<ReadOnlySpan<char>> byPrefix = stacks.GetAlternateLookup<ReadOnlySpan<char>>();
        Dictionary<string, string> interned = new(StringComparer.Ordinal);
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> bySpan = interned.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string name in names)
        {
            if (!TensorNames.TryGetLayer(name, out ReadOnlySpan<char> prefix, out int index, out ReadOnlySpan<char> suffix) || !byPrefix.ContainsKey(prefix))
            {
                Outside.Add(name);
            }
            else if (index >= LayerCount)
            {
                Surplus.Add(name);
            }
            else
            {
                _layers[index].Add(new LayerTensor(name, Intern(prefix), Intern(suffix)));
            }
        }

        string Intern(ReadOnlySpan<char> text)
        {
            if (!bySpan.TryGetValue(text, out string? known))
            {
                bySpan[text] = known = text.ToString();
            }

            return known;
        }
    }
}
