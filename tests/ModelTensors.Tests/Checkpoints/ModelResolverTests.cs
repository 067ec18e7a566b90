using ModelTensors.Checkpoints;

namespace ModelTensors.Tests.Checkpoints;

public sealed class ModelResolverTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    [Test]
    public void Open_LooksInBaseFoldersInOrder_ThenInTheCache()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["two", "org", "name", "model.safetensors"], TestFile.F32("two", 1));
        WriteSnapshot(folder, Commit, "cache");
        ModelResolver resolver = Resolver(folder);
        using (TensorSet second = resolver.Open("org/name"))
        {
            Assert.That(second.Names, Is.EqualTo(["two"]));
        }

        TestFile.Write(folder["one", "org", "name", "model.safetensors"], TestFile.F32("one", 1));
        using (TensorSet first = resolver.Open("org/name"))
        {
            Assert.That(first.Names, Is.EqualTo(["one"]));
        }

        using TensorSet absolute = resolver.Open(folder["two", "org", "name"]);
        Assert.That(absolute.Names, Is.EqualTo(["two"]));
        using TensorSet cached = resolver.Open("org/name@" + Commit);
        Assert.That(cached.Names, Is.EqualTo(["cache"]));
    }

    [Test]
    public void Open_OfAHubName_TakesTheRevision_ElseMain_ElseTheOnlySnapshot()
    {
        using TestFolder folder = new();
        ModelResolver resolver = Resolver(folder);
        WriteSnapshot(folder, "aaaa", "first");
        Assert.That(Names(resolver, "org/name"), Is.EqualTo(["first"]), "the only snapshot");
        WriteSnapshot(folder, "bbbb", "second");
        Assert.That(() => resolver.Open("org/name"), CheckpointTests.Fails(CheckpointError.NotFound).And.Message.Contains("@revision"));
        folder.Write("hub/models--org--name/refs/main", "bbbb");
        folder.Write("hub/models--org--name/refs/refs/pr/1", "aaaa\n");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(resolver, "org/name"), Is.EqualTo(["second"]));
            Assert.That(Names(resolver, "org/name@refs/pr/1"), Is.EqualTo(["first"]));
            Assert.That(Names(resolver, "org/name@aaaa"), Is.EqualTo(["first"]));
            Assert.That(() => resolver.Open("org/name@cccc"), CheckpointTests.Fails(CheckpointError.NotFound));
        }
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there.")]
    public void Open_OfASnapshotOfLinksIntoBlobs_ReadsThem()
    {
        using TestFolder folder = new();
        string model = folder["hub", "models--org--name"];
        TestFile.Write(Path.Combine(model, "blobs", "abc"), TestFile.F32("a", 5));
        folder.Write("hub/models--org--name/blobs/def", """{"weight_map":{"a":"model-00001-of-00001.safetensors"}}""");
        string snapshot = Directory.CreateDirectory(Path.Combine(model, "snapshots", Commit)).FullName;
        File.CreateSymbolicLink(Path.Combine(snapshot, "model-00001-of-00001.safetensors"), "../../blobs/abc");
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors.index.json"), "../../blobs/def");
        using TensorSet set = Resolver(folder).Open("org/name");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.TryGet("a", out TensorSource? a) ? TestFile.Floats(a) : [], Is.EqualTo([5f]));
            Assert.That(((Checkpoint)set).EnsureUnchanged, Throws.Nothing);
        }
    }

    [TestCase("../secret")]
    [TestCase("org/..")]
    [TestCase("a/b/c")]
    [TestCase("org/name@../../x")]
    [TestCase("org/na me")]
    public void Open_OfANameThatIsNone_SaysWhereItLooked(string reference)
    {
        using TestFolder folder = new();
        Directory.CreateDirectory(folder["hub", "x"]);
        ModelResolver resolver = new(new ModelResolverOptions { BaseFolders = [folder["one", "deep"]], HubCache = folder["hub"] });
        Assert.That(
            () => resolver.Open(reference),
            CheckpointTests.Fails(CheckpointError.NotFound).And.Message.Contains("the path").And.Message.Contains("org/name@revision"));
    }

    [Test]
    public void Open_WithAReferenceThatLeavesTheCache_DoesNotFollowIt()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["secret", "model.safetensors"], TestFile.F32("a", 1));
        folder.Write("hub/models--org--name/refs/main", "../../../secret");
        Assert.That(() => Resolver(folder).Open("org/name"), CheckpointTests.Fails(CheckpointError.NotFound));
    }

    [Test]
    public void MemoryModelResolver_AsksItsFallbackForOtherNames()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["one", "m", "model.safetensors"], TestFile.F32("file", 1));
        MemoryModelResolver resolver = new([], Resolver(folder));
        Assert.That(Names(resolver, "m"), Is.EqualTo(["file"]));
    }

    [TestCase("HF_HUB_CACHE=/cache;HF_HOME=/home", "/cache")]
    [TestCase("HF_HUB_CACHE=;HF_HOME=/home", "/home/hub")]
    [TestCase("", "~/.cache/huggingface/hub")]
    public void DefaultHubCache_IsThatOfTheirTools(string environment, string expected)
    {
        Dictionary<string, string> variables = environment.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.That(
            ModelResolver.DefaultHubCache(name => variables.GetValueOrDefault(name)).Replace('\\', '/'),
            Is.EqualTo(expected.Replace("~", home.Replace('\\', '/'), StringComparison.Ordinal)));
    }

    private static string[] Names(IModelResolver resolver, string reference)
    {
        using TensorSet set = resolver.Open(reference);
        return [.. set.Names];
    }

    private static ModelResolver Resolver(TestFolder folder) =>
        new(new ModelResolverOptions { BaseFolders = [folder["one"], folder["two"]], HubCache = folder["hub"] });

    private static void WriteSnapshot(TestFolder folder, string commit, string tensor) =>
        TestFile.Write(folder["hub", "models--org--name", "snapshots", commit, "model.safetensors"], TestFile.F32(tensor, 1));
}
