using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>Decides for one embedding or head where every row of every model comes from.</summary>
/// <param name="output">The output's vocabulary.</param>
/// <param name="inputs">The models' matrices.</param>
/// <param name="models">Their vocabularies.</param>
/// <param name="baseIndex">The base model's place among them, or -1.</param>
/// <param name="configured">The tokens that the recipe decides, by number.</param>
internal sealed class RowPlanner(
    OutputVocabulary output, MatchedInput[] inputs, ModelVocabulary[] models, int baseIndex, IReadOnlyDictionary<int, MergeToken> configured)
{
    private readonly Dictionary<int, RowOrigin?> _sources = [];

    /// <summary>Gets the rows of the output.</summary>
    public required int RowCount { get; init; }

    /// <summary>Gets whether padding is what models have there, not the mean of the tokens' rows.</summary>
    public required bool KeepsPadding { get; init; }

    /// <summary>Gets the tokens for which no model has a row.</summary>
    public HashSet<string> UnknownTokens { get; } = new(StringComparer.Ordinal);

    /// <summary>Finds the rows that the recipe names.</summary>
    /// <returns>Whether all are there; those that are not are problems.</returns>
    public bool CheckRows(string outputName, PlanFindings findings)
    {
        bool isComplete = true;
        foreach ((int id, MergeToken token) in configured)
        {
            if (token.Source is not { Model: { } reference } source)
            {
                continue;
            }

            int index = Array.FindIndex(models, model => string.Equals(model.Model.Reference, reference, StringComparison.Ordinal));
            int row = -1;
            if (index >= 0)
            {
                row = source.TokenId ?? (models[index].Vocabulary.TryGetId(source.Token ?? token.Token, out int found) ? found : -1);
            }

            if (row >= 0 && row < inputs[index].Tensor.Shape[0])
            {
                _sources[id] = new RowOrigin(index, row);
                continue;
            }

            isComplete = false;
            findings.AddForTensor(
                PlanProblemKind.Tokenizer,
                $"source\n{token.Token}",
                outputName,
                tensors => $"Token '{token.Token}': model '{reference}' has no row for it in {tensors}.",
                reference);
        }

        return isComplete;
    }

    /// <summary>Decides the rows of one model.</summary>
    /// <param name="index">The model's place.</param>
    /// <param name="counts">Counts the decisions.</param>
    public RowMap Plan(int index, PlannedRows counts)
    {
        RowMap map = new() { AveragedCount = output.Tokens.Count };
        for (int id = 0; id < RowCount; id++)
        {
            if (id >= output.Tokens.Count || output.Tokens[id] is null)
            {
                AddPadding(map, index, id);
                counts.Padding++;
                continue;
            }

            MergeToken? rule = configured.GetValueOrDefault(id);
            if (Row(index, id) is { } own && rule is not { IsForced: true })
            {
                map.Add(own);
                counts.Own++;
            }
            else if (rule?.Source is { } source)
            {
                Add(map, source.Model is null ? null : _sources[id]);
                counts.Configured++;
            }
            else
            {
                AddFromOthers(map, id, counts);
            }
        }

        return map;
    }

    private void AddPadding(RowMap map, int index, int id)
    {
        if (KeepsPadding && id < inputs[index].Tensor.Shape[0] && !models[index].HasToken(id))
        {
            map.Add(new RowOrigin(index, id));
        }
        else
        {
            map.AddMeanOfAll();
        }
    }

    private void AddFromOthers(RowMap map, int id, PlannedRows counts)
    {
        RowOrigin[] holders = [.. Enumerable.Range(0, models.Length).Select(index => Row(index, id)).OfType<RowOrigin>()];
        if (holders.Length == 1)
        {
            map.Add(holders[0]);
            counts.FromOnlyModel++;
        }
        else if (holders.Length == 0)
        {
            map.AddZeros();
            counts.Zeros++;
            UnknownTokens.Add(output.Tokens[id]!);
        }
        else if (baseIndex >= 0 && Row(baseIndex, id) is { } row)
        {
            map.Add(row);
            counts.FromBase++;
        }
        else
        {
            map.AddMean(holders);
            counts.Means++;
        }
    }

    // A number beyond a model's rows is a token that the model does not have.
    private RowOrigin? Row(int index, int id) =>
        models[index].Ids[id] is >= 0 and var row && row < inputs[index].Tensor.Shape[0] ? new RowOrigin(index, row) : null;

    private static void Add(RowMap map, RowOrigin? origin)
    {
        if (origin is { } row)
        {
            map.Add(row);
        }
        else
        {
            map.AddZeros();
        }
    }
}
