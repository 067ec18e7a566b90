using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Lays the layers of the models out as output layers, and reports where they do not fit.</summary>
internal sealed class SliceLayouts(MergeRecipe recipe, MergeMethod? method, ModelCatalog models, PlanFindings findings)
{
    /// <summary>Lays out all slices; sources that do not fit are left out, their problems reported.</summary>
    public List<SliceLayout> Create()
    {
        if (recipe.Models.Count > 0 && recipe.Slices.Count > 0)
        {
            return [];
        }

        List<SliceLayout> slices = [];
        if (recipe.Models.Count > 0 && Whole() is { } whole)
        {
            slices.Add(whole);
        }

        int firstLayer = 0;
        for (int index = 0; index < recipe.Slices.Count; index++)
        {
            if (Part(recipe.Slices[index], index + 1, firstLayer) is { } part)
            {
                slices.Add(part);
                firstLayer += part.Length;
            }
        }

        if (slices.Count > 0 && recipe.BaseModel is { } baseModel && !Listed().Contains(baseModel, StringComparer.Ordinal)
            && method is { BaseModel: BaseModelRole.Ordinary })
        {
            findings.Warn(
                $"Base model '{baseModel}' is not among the models and '{method.Name}' needs no base: it is not merged and gives only configuration and tokenizer.");
        }

        return slices;
    }

    private IEnumerable<string> Listed() =>
        recipe.Models.Select(model => model.Model).Concat(recipe.Slices.SelectMany(slice => slice.Sources).Select(source => source.Model));

    private SliceLayout? Whole()
    {
        List<SourceLayout> sources = [.. recipe.Models
            .Select(model => (Open: models.Find(model.Model), model.Parameters, Statistics: models.FindStatistics(model.Statistics)))
            .Where(model => model.Open is not null)
            .Select(model => new SourceLayout(model.Open!, 0, model.Parameters) { Statistics = model.Statistics })];
        if (JoiningBase(recipe.Models.Select(model => model.Model)) is { } joining)
        {
            sources.Add(new SourceLayout(joining, 0, ParameterSet.Empty));
        }

        if (sources.Count == 0)
        {
            return null;
        }

        OpenModel first = sources[0].Model;
        foreach (OpenModel other in sources.Select(source => source.Model).Where(other => other.Layers.LayerCount != first.Layers.LayerCount))
        {
            findings.Add(
                PlanProblemKind.UnequalLayerCounts,
                $"Model '{first.Reference}' has {first.Layers.LayerCount} layers, '{other.Reference}' has {other.Layers.LayerCount}; pick equally many with 'slices'.",
                other.Reference);
        }

        return new SliceLayout(sources, 0, sources.Min(source => source.Model.Layers.LayerCount), ParameterSet.Empty);
    }

    private SliceLayout? Part(MergeSlice slice, int number, int firstLayer)
    {
        List<SourceLayout> sources = [];
        foreach (MergeSliceSource source in slice.Sources.Where(source => source.Start >= 0 && source.End > source.Start))
        {
            if (models.Find(source.Model) is { } model && Fits(model, source.Start, source.End, number))
            {
                sources.Add(new SourceLayout(model, source.Start, source.Parameters) { Statistics = models.FindStatistics(source.Statistics) });
            }
        }

        if (sources.Count == 0)
        {
            return null;
        }

        int length = slice.Sources.Where(source => source.End > source.Start).Min(source => source.End - source.Start);
        MergeSliceSource first = slice.Sources[0];
        if (JoiningBase(slice.Sources.Select(source => source.Model)) is { } joining && Fits(joining, first.Start, first.End, number))
        {
            sources.Add(new SourceLayout(joining, first.Start, ParameterSet.Empty));
        }

        return new SliceLayout(sources, firstLayer, length, slice.Parameters);
    }

    private bool Fits(OpenModel model, int start, int end, int number)
    {
        int count = model.Layers.LayerCount;
        if (start >= 0 && end <= count)
        {
            return true;
        }

        string has = count == 0 ? "its tensors' names have no layer numbers" : $"it has {count} layers";
        findings.Add(PlanProblemKind.LayerRange, $"Slice {number}: layers [{start}, {end}] of '{model.Reference}', but {has}.", model.Reference);
        return false;
    }

    // A base model that is not listed takes part only where the others are compared with it: an average over models must not quietly gain another.
    private OpenModel? JoiningBase(IEnumerable<string> listed) =>
        method is { BaseModel: not BaseModelRole.Ordinary } && recipe.BaseModel is { } reference && !listed.Contains(reference, StringComparer.Ordinal)
            ? models.Find(reference)
            : null;
}
