using DataShapley.Datasets;
using ModelSdk.Testing;

namespace DataShapley.Tests.Datasets;

public sealed class TabularDatasetTests
{
    [Test]
    public async Task Table_WithClasses_HasFeaturesAndOrdinalLabels()
    {
        TabularDataset table = await LoadAsync("x,label,y\n1,dog,2e-1\n-3,cat,4\n5,dog,6\n", "label");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(table.Count, Is.EqualTo(3));
            Assert.That(table.FeatureNames, Is.EqualTo((string[])["x", "y"]));
            Assert.That(table.Features.ToArray(), Is.EqualTo((float[])[1, 0.2f, -3, 4, 5, 6]));
            Assert.That(table.Row(1).ToArray(), Is.EqualTo((float[])[-3f, 4]));
            Assert.That(table.ClassNames, Is.EqualTo((string[])["cat", "dog"]));
            Assert.That(table.Labels, Is.EqualTo((int[])[1, 0, 1]));
            Assert.That(table.Targets, Is.Empty);
        }
    }

    [Test]
    public async Task Table_WithNumbers_HasTargets()
    {
        TabularDataset table = await LoadAsync("x,t\n1,1e300\n2,-0.5\n", "t", TargetKind.Number);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(table.Targets, Is.EqualTo((double[])[1e300, -0.5]));
            Assert.That(table.Labels, Is.Empty);
        }
    }

    [TestCase("x,t\n1,a\nhigh,b\n", "t", TargetKind.Class, DatasetError.NotANumber, 3, "x")]
    [TestCase("x,t\n1,a\n,b\n", "t", TargetKind.Class, DatasetError.NotANumber, 3, "x")]
    [TestCase("x,t\nNaN,a\n", "t", TargetKind.Class, DatasetError.NotFinite, 2, "x")]
    [TestCase("x,t\n1e39,a\n", "t", TargetKind.Class, DatasetError.NotFinite, 2, "x")]
    [TestCase("x,t\n1,\n", "t", TargetKind.Class, DatasetError.MissingLabel, 2, "t")]
    [TestCase("x,t\n1,a\n", "t", TargetKind.Number, DatasetError.NotANumber, 2, "t")]
    [TestCase("x,t\n1,Infinity\n", "t", TargetKind.Number, DatasetError.NotFinite, 2, "t")]
    [TestCase("x,t\n1,2\n", "y", TargetKind.Class, DatasetError.MissingColumn, 1, "y")]
    [TestCase("[{}]", "y", TargetKind.Class, DatasetError.UnexpectedFormat, 0, null)]
    public async Task Table_ThatIsWrong_NamesLineAndColumn(string text, string label, TargetKind kind, DatasetError reason, int line, string? column)
    {
        DatasetException? error = null;
        try
        {
            await LoadAsync(text, label, kind);
        }
        catch (DatasetException e)
        {
            error = e;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error?.Reason, Is.EqualTo(reason));
            Assert.That(error?.Line, Is.EqualTo(line));
            Assert.That(error?.Column, Is.EqualTo(column));
        }
    }

    [Test]
    public async Task WrongRows_UnderSkip_AreLeftOutAndCounted()
    {
        TabularDataset table = await LoadAsync("x,t\n1,a\nbad,b\n2\n3,c\n", "t", options: new DatasetOptions { Malformed = MalformedPolicy.Skip });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(table.Features.ToArray(), Is.EqualTo((float[])[1f, 3]));
            Assert.That(table.ClassNames, Is.EqualTo((string[])["a", "c"]));
            Assert.That(table.Skipped, Is.EqualTo(2));
        }
    }

    private static async Task<TabularDataset> LoadAsync(string text, string label, TargetKind kind = TargetKind.Class, DatasetOptions? options = null)
    {
        using TestFolder folder = new();
        await File.WriteAllTextAsync(folder["table.csv"], text);
        return await TabularDataset.LoadAsync(folder["table.csv"], label, kind, options);
    }
}
