using System.Text.Json.Nodes;
using ModelAggregation.Zoo;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using RunKit.Reports;

namespace ModelAggregation.Tests.Zoo;

public sealed class ZooSimilarityTests
{
    private const string Attention = "model.layers.0.self_attn.q_proj.weight";
    private const string Mlp = "model.layers.1.mlp.up_proj.weight";

    [Test]
    public void Columns_AreComparedByHand()
    {
        // Columns (1,3)·(1,2), (2,4)·(0,5), (0,0)·(1,1): the last has no direction in one.
        using TestModel first = Matrix(1, 2, 0, 3, 4, 0);
        using TestModel second = Matrix(1, 0, 1, 2, 5, 1);

        SimilarityMatrix perColumn = Compare([first, second], new SimilarityOptions()).ToMatrix();
        SimilarityMatrix perTensor = Compare([first, second], new SimilarityOptions { Measure = SimilarityMeasure.PerTensor }).ToMatrix();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(perColumn[0, 1], Is.EqualTo(((7 / Math.Sqrt(50)) + (20 / (Math.Sqrt(20) * 5))) / 3).Within(1e-15));
            Assert.That(perColumn[0, 1], Is.EqualTo(0.6281).Within(5e-5));
            Assert.That(perTensor[0, 1], Is.EqualTo(27 / Math.Sqrt(30 * 32)).Within(1e-15));
            Assert.That(perTensor[0, 1], Is.EqualTo(0.8714).Within(5e-5));
            Assert.That((perColumn[0, 0], perColumn[1, 1]), Is.EqualTo((1.0, 1.0)));
        }
    }

    [Test]
    public void Tensors_CountOnceEach_OrByTheirLength()
    {
        // Cosine 1 of a long matrix, 0 of a short one.
        using TestModel first = new TestModel().Add(Attention, DataType.F32, [1, 2], 3, 4).Add(Mlp, DataType.F32, [1, 1], 0);
        using TestModel second = new TestModel().Add(Attention, DataType.F32, [1, 2], 3, 4).Add(Mlp, DataType.F32, [1, 1], 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Compare([first, second], new SimilarityOptions { Measure = SimilarityMeasure.PerTensor }).ToMatrix()[0, 1], Is.EqualTo(0.5));
            Assert.That(Compare([first, second], new SimilarityOptions { Measure = SimilarityMeasure.WholeModel }).ToMatrix()[0, 1], Is.EqualTo(25 / (5 * Math.Sqrt(26))).Within(1e-15));
        }
    }

    [Test]
    public void Parts_AreTakenFromOneReading()
    {
        using TestModel first = new TestModel().Add(Attention, DataType.F32, [2, 1], 1, 0).Add(Mlp, DataType.F32, [2, 1], 1, 0).Add("model.norm.weight", 1, 1);
        using TestModel second = new TestModel().Add(Attention, DataType.F32, [2, 1], 0, 1).Add(Mlp, DataType.F32, [2, 1], 3, 0).Add("model.norm.weight", 1, 1);

        ZooSimilarity similarity = Compare([first, second], new SimilarityOptions());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(similarity.Tensors, Is.EqualTo((string[])[Attention, Mlp]));
            Assert.That(similarity.Layers, Is.EqualTo((int[])[0, 1]));
            Assert.That(similarity.Of(SimilarityPart.Attention)[0, 1], Is.Zero);
            Assert.That(similarity.Of(SimilarityPart.Mlp)[0, 1], Is.EqualTo(1));
            Assert.That(similarity.Of(SimilarityPart.All, layer: 1)[0, 1], Is.EqualTo(1));
            Assert.That(similarity.ToMatrix()[0, 1], Is.EqualTo(0.5));
            Assert.That(() => similarity.Of(SimilarityPart.Mlp, layer: 0), Throws.ArgumentException.With.Message.Contains("layer 0"));
        }
    }

    [Test]
    public void Layers_AreWritten_AndDrawn()
    {
        using TestModel first = new TestModel().Add(Attention, DataType.F32, [2, 1], 1, 0).Add("model.layers.0.mlp.up_proj.weight", DataType.F32, [2, 1], 1, 0).Add(Mlp, DataType.F32, [2, 1], 1, 0);
        using TestModel second = new TestModel().Add(Attention, DataType.F32, [2, 1], 0, 1).Add("model.layers.0.mlp.up_proj.weight", DataType.F32, [2, 1], 1, 0).Add(Mlp, DataType.F32, [2, 1], 3, 0);
        using TestFolder folder = new();

        ZooSimilarity similarity = Compare([first, second], new SimilarityOptions());
        similarity.SaveLayerCsv(folder["layers.csv"]);
        similarity.Save(folder["similarity.json"]);
        HtmlReport report = new HtmlReport("Layers").AddFigure(similarity.ToLayerHeatMap("Feed-forward blocks", SimilarityPart.Mlp)).AddFigure(similarity.ToMatrix().ToHeatMap("All"));

        JsonNode layers = JsonNode.Parse(File.ReadAllText(folder["similarity.json"]))!["layers"]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(folder["layers.csv"]), Is.EqualTo("layer,first,second,attention,mlp,all\n0,m0,m1,0,1,0.5\n1,m0,m1,,1,1\n"));
            Assert.That(layers.ToJsonString(), Is.EqualTo("""[{"layer":0,"attention":[[1,0],[0,1]],"mlp":[[1,1],[1,1]],"all":[[1,0.5],[0.5,1]]},{"layer":1,"mlp":[[1,1],[1,1]],"all":[[1,1],[1,1]]}]"""));
            Assert.That(ZooSimilarity.Load(folder["similarity.json"]).ToLayerCsv(), Is.EqualTo(similarity.ToLayerCsv()));
            Assert.That(report.ToHtml(), Does.Contain("m0, m1").And.Contain("Feed-forward blocks"));
        }
    }

    [Test]
    public void ZerosAsOneVector_HaveNoDirection()
    {
        using TestModel zeros = Matrix(0, 0, 0, 0);
        using TestModel other = Matrix(1, 2, 3, 4);
        foreach (SimilarityMeasure measure in Enum.GetValues<SimilarityMeasure>())
        {
            SimilarityMatrix matrix = Compare([zeros, other], new SimilarityOptions { Measure = measure }).ToMatrix();
            Assert.That((matrix[0, 1], matrix[0, 0]), Is.EqualTo((0.0, 1.0)), measure.ToString());
        }
    }

    [Test]
    public void WhatOldCheckpointsStoreOfRotations_TakesNoPart()
    {
        using TestModel first = Matrix(1, 2).Add("model.layers.0.self_attn.rotary_emb.inv_freq", 1, 0.1f);
        using TestModel second = Matrix(1, 2);

        Assert.That(Compare([first, second], new SimilarityOptions()).Tensors, Is.EqualTo((string[])[Attention]));
    }

    [Test]
    public void ABase_IsSubtracted()
    {
        using TestModel origin = Matrix(10, 10);
        using TestModel first = Matrix(11, 10);
        using TestModel second = Matrix(9, 10);

        ZooSimilarity similarity = Compare([first, second, origin], new SimilarityOptions { Measure = SimilarityMeasure.PerTensor, Base = "m2" });

        SimilarityMatrix matrix = similarity.ToMatrix();
        Assert.That((matrix[0, 1], matrix[0, 2], matrix[2, 2]), Is.EqualTo((-1.0, 0.0, 1.0)));
    }

    [Test]
    public void LittleMemory_ComparesInGroups_ToTheSameBits()
    {
        TestModel[] models = [.. Enumerable.Range(0, 5).Select(seed => Wide(seed))];
        SimilarityMatrix large = Compare(models, new SimilarityOptions()).ToMatrix();
        SimilarityMatrix small = Compare(models, new SimilarityOptions { WorkingMemory = 1 << 20, Threads = 1 }).ToMatrix();

        Assert.That(small.ToCsv(), Is.EqualTo(large.ToCsv()));
        Array.ForEach(models, model => model.Dispose());
    }

    [Test]
    public void WhatCannotBeCompared_IsNamed()
    {
        using TestModel matrix = Matrix(1, 2);
        using TestModel missing = new TestModel().Add("model.norm.weight", 1);
        using TestModel surplus = Matrix(1, 2).Add(Mlp, 1);
        using TestModel longer = Matrix(1, 2, 3);
        using TestModel nan = Matrix(1, float.NaN);
        using TestModel integers = new TestModel().AddBytes(Attention, DataType.U8, [2, 1], [1, 2]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Failure([matrix, missing]), Is.EqualTo((ZooError.TensorMissing, "m1", Attention)));
            Assert.That(Failure([matrix, surplus]), Is.EqualTo((ZooError.TensorMissing, "m0", Mlp)));
            Assert.That(Failure([matrix, longer]), Is.EqualTo((ZooError.ShapesDiffer, "m1", Attention)));
            Assert.That(Failure([matrix, nan]), Is.EqualTo((ZooError.NotFinite, "m1", Attention)));
            Assert.That(Failure([matrix, integers]), Is.EqualTo((ZooError.NotFloats, "m1", Attention)));
            Assert.That(Failure([matrix], SimilarityPart.Mlp), Is.EqualTo((ZooError.NothingToCompare, "m0", (string?)null)));
        }
    }

    [Test]
    public void AFile_IsReadAgain_UntilAModelChanges()
    {
        using TestFolder folder = new();
        using TestModel first = Matrix(1, 2, 3, 4);
        using TestModel second = Matrix(4, 3, 2, 1);
        first.Write(folder["zoo", "a"]);
        second.Write(folder["zoo", "b"]);
        string path = folder["similarity.json"];
        List<SimilarityProgress> reports = [];

        ZooSimilarity computed = ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), path, progress: new Listener(reports));
        ZooSimilarity loaded = ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), path, progress: new Listener(reports));
        int read = reports.Count;
        ZooSimilarity otherwise = ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), path, new SimilarityOptions { Measure = SimilarityMeasure.PerTensor }, new Listener(reports));
        File.SetLastWriteTimeUtc(folder["zoo", "b", "model.safetensors"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _ = ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), path, new SimilarityOptions { Measure = SimilarityMeasure.PerTensor }, new Listener(reports));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read, Is.EqualTo(1));
            Assert.That(reports, Has.Count.EqualTo(3));
            Assert.That(loaded.ToMatrix().ToCsv(), Is.EqualTo(computed.ToMatrix().ToCsv()));
            Assert.That(loaded.Of(SimilarityPart.Attention, layer: 0)[0, 1], Is.EqualTo(computed.ToMatrix()[0, 1]));
            Assert.That(ZooSimilarity.Load(path).Measure, Is.EqualTo(otherwise.Measure));
        }
    }

    [Test]
    public void AChangedModel_OfTheSameLengthAndTime_IsFoundOut()
    {
        using TestFolder folder = new();
        using TestModel first = Matrix(1, 2, 3, 4);
        using TestModel second = Matrix(4, 3, 2, 1);
        using TestModel third = Matrix(1, 2, 3, 5);
        first.Write(folder["zoo", "a"]);
        second.Write(folder["zoo", "b"]);
        third.Write(folder["other"]);
        string path = folder["similarity.json"];
        string file = folder["zoo", "b", "model.safetensors"];
        ZooSimilarity before = ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), path);
        DateTime time = File.GetLastWriteTimeUtc(file);
        File.Copy(folder["other", "model.safetensors"], file, overwrite: true);
        File.SetLastWriteTimeUtc(file, time);

        ZooSimilarity after = ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), path);

        Assert.That(after.ToMatrix()[0, 1], Is.Not.EqualTo(before.ToMatrix()[0, 1]));
    }

    [Test]
    public void AnInterruptedComparison_GoesOn_WithWhatIsCompared()
    {
        using TestFolder folder = new();
        foreach (string name in (string[])["a", "b"])
        {
            using TestModel model = Matrix(1, 2, 3, name.Length).Add(Mlp, DataType.F32, [2, 1], 1, 2);
            model.Write(folder["zoo", name]);
        }

        ModelZoo zoo = ModelZoo.Scan(folder["zoo"]);
        string path = folder["similarity.json"];
        using CancellationTokenSource stop = new();
        Assert.That(() => ZooSimilarity.LoadOrCompute(zoo, path, progress: new Listener([], stop), cancellationToken: stop.Token), Throws.InstanceOf<OperationCanceledException>());
        bool isKept = File.Exists(path + ".journal");

        List<SimilarityProgress> reports = [];
        ZooSimilarity computed = ZooSimilarity.LoadOrCompute(zoo, path, progress: new Listener(reports));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isKept, Is.True);
            Assert.That(reports.Select(report => report.BytesRead > 0), Is.EqualTo((bool[])[false, true]), "whether a tensor has been read when one is reported");
            Assert.That(computed.ToLayerCsv(), Is.EqualTo(ZooSimilarity.Compute(zoo).ToLayerCsv()));
            Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.EqualTo((string[])["similarity.json"]));
        }
    }

    [Test]
    public void AnInterruptedComparison_OfOtherModels_IsForgotten()
    {
        using TestFolder folder = new();
        using TestModel model = Matrix(1, 2, 3, 4).Add(Mlp, DataType.F32, [2, 1], 1, 2);
        model.Write(folder["zoo", "a"]);
        using CancellationTokenSource stop = new();
        Assert.That(
            () => ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), folder["s.json"], progress: new Listener([], stop), cancellationToken: stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        model.Write(folder["zoo", "b"]);
        List<SimilarityProgress> reports = [];

        ZooSimilarity.LoadOrCompute(ModelZoo.Scan(folder["zoo"]), folder["s.json"], progress: new Listener(reports));

        Assert.That(reports[0].BytesRead, Is.Positive);
    }

    [TestCase("{")]
    [TestCase("{}")]
    [TestCase("""{"format":"modelaggregation.similarity","version":2}""")]
    [TestCase("""{"format":"modelaggregation.similarity","version":1,"key":"","measure":"PerColumn","part":"All","base":null,"models":["a","b"],"tensors":{"t":[1,1]}}""")]
    public void ADamagedFile_IsRefused(string content)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["similarity.json"], content);

        Assert.That(() => ZooSimilarity.Load(folder["similarity.json"]), Throws.InstanceOf<ZooException>().With.Property(nameof(ZooException.Error)).EqualTo(ZooError.FileInvalid));
    }

    private static (ZooError Error, string? Model, string? Tensor) Failure(TestModel[] models, SimilarityPart part = SimilarityPart.AttentionAndMlp)
    {
        ZooException error = Assert.Throws<ZooException>(() => Compare(models, new SimilarityOptions { Part = part }))!;
        return (error.Error, error.Model, error.TensorName);
    }

    private static ZooSimilarity Compare(TestModel[] models, SimilarityOptions? options = null)
    {
        string[] names = [.. models.Select((_, index) => $"m{index}")];
        MemoryModelResolver resolver = new(names.Zip(models, (name, model) => KeyValuePair.Create(name, (TensorSet)model.ToSet())));
        return ZooSimilarity.Compute(ModelZoo.Open(names, resolver), options);
    }

    // Two rows.
    private static TestModel Matrix(params float[] values) => new TestModel().Add(Attention, DataType.F32, [values.Length % 2 == 0 ? 2 : 1, values.Length % 2 == 0 ? values.Length / 2 : values.Length], values);

    // 2,000 columns: the products of five models take 4 MB.
    private static TestModel Wide(int seed) => new TestModel().Add(Attention, DataType.F32, [3, 2000], [.. Enumerable.Range(0, 6000).Select(i => (float)Math.Sin((i * 0.37) + (seed * (1 + (i % 5)))))]);

    private sealed class Listener(List<SimilarityProgress> reports, CancellationTokenSource? stop = null) : IProgress<SimilarityProgress>
    {
        public void Report(SimilarityProgress value)
        {
            reports.Add(value);
            stop?.Cancel();
        }
    }
}
